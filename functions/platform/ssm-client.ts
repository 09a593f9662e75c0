// The one SSM client of a function. What is said here need not be looked for: the SDK would read files that Lambda does not have.
import { SSMClient } from "@aws-sdk/client-ssm";

/** Opens the client. The endpoint stays the SDK's to find: `AWS_ENDPOINT_URL_SSM` where it is set, else the region's. */
export function openSsmClient(): SSMClient {
  const region = process.env["AWS_REGION"];
  return new SSMClient({
    ...(region !== undefined && { region }),
    maxAttempts: 4,
    retryMode: "standard",
    defaultsMode: "standard",
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    userAgentAppId: "mcp-gateway",
    authSchemePreference: ["sigv4"],
  });
}
