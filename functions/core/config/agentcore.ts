// What Amazon Bedrock AgentCore Runtime asks of requests to the MCP servers that it runs.
// https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-header-allowlist.html
import type { UpstreamCredential } from "./upstream-credential.ts";
import type { IdentityMethod } from "./user-identity-forwarding.ts";

/** Largest header that reaches the server. */
export const AGENTCORE_HEADER_MAX_BYTES = 4_096;

const PREFIX = "X-Amzn-Bedrock-AgentCore-Runtime-Custom-";

/** The identity header of each method unless `header_name` says otherwise: names that every runtime may allow. */
export const AGENTCORE_IDENTITY_HEADERS: Readonly<Record<IdentityMethod, string>> = {
  claims_header: `${PREFIX}User-Claims`,
  jwt_header: `${PREFIX}User-JWT`,
  bearer: "Authorization",
};

/** Whether requests go to an AgentCore Runtime. */
export function isAgentCore(credential: UpstreamCredential | undefined): boolean {
  return credential?.type === "sigv4" && credential.isAgentCore;
}

/** What is wrong with the name of a header that must reach the server, or undefined. */
export function agentCoreHeaderFault(name: string): string | undefined {
  const lower = name.toLowerCase();
  return /^x-amzn?-/.test(lower) && !lower.startsWith(PREFIX.toLowerCase())
    ? `${name} never reaches a server in AgentCore Runtime. Use a name that begins with ${PREFIX}, or none of AWS's (x-amz-, x-amzn-).`
    : undefined;
}
