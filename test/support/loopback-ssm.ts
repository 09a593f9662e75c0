// The SDK's client of Parameter Store, directed at a service on loopback.
import { SSMClient } from "@aws-sdk/client-ssm";

/** @param url of the service, such as `startSsm` gives it; `overrides` are settings of the client */
export function loopbackSsm(url: string, overrides: { maxAttempts?: number } = {}): SSMClient {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  return new SSMClient({ endpoint: url, region: "us-east-1", credentials, maxAttempts: 5, ...overrides });
}
