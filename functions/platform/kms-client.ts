// The part of KMS's client that signing needs. `import()` of the package itself would load all of its operations.
export { GetPublicKeyCommand, KMSClient, SignCommand } from "@aws-sdk/client-kms";
