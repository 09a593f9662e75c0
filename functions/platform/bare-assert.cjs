// Stands in for `node:assert` in the functions' bundles, where undici alone uses it, to check itself. Node's own can also explain what
// differs, and takes its time to load.
module.exports = function assert(holds, message = "assertion failed") {
  if (!holds) throw message instanceof Error ? message : new Error(message);
};
