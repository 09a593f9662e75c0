// Stands in for `node:http2` in the functions' bundles, which speak HTTP/1.1 alone: Node's own takes a third of undici's start.
exports.constants = {};
