// Stands in for `undici` in the functions' bundles: its client alone, a fifth of the code.
exports.Client = require("../../node_modules/undici/lib/dispatcher/client.js");
exports.buildConnector = require("../../node_modules/undici/lib/core/connect.js");
