// Stands in for `re2js` in the functions' bundles: the engine lies in a file beside the bundle and is loaded with the first pattern. Most
// configurations have none, and it is a quarter of the code.
exports.RE2JS = { compile: (pattern) => require("./re2js.js").RE2JS.compile(pattern) };
