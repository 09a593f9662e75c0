// Stands in for `@aws-sdk/client-kms` in the functions' bundles: the client lies in a file beside the bundle and is loaded with the first
// key that is asked for. Most gateways sign nothing.
for (const name of ["GetPublicKeyCommand", "KMSClient", "SignCommand"]) {
  Object.defineProperty(exports, name, { enumerable: true, get: () => require("./client-kms.js")[name] });
}
