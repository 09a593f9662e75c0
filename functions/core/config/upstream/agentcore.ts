// Header rules of Amazon Bedrock AgentCore Runtime, which runs MCP servers.
// https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-header-allowlist.html

import type { IdentityMethod } from "../header-names.ts";
import type { UpstreamCredential } from "./credential.ts";

/** Largest header value that the runtime forwards to the server. */
export const AGENTCORE_HEADER_MAX_BYTES = 4_096;

const PREFIX = "X-Amzn-Bedrock-AgentCore-Runtime-Custom-";

/** Default identity header by method: names that a runtime's allowlist accepts. */
export const AGENTCORE_IDENTITY_HEADERS: Readonly<Record<IdentityMethod, string>> = {
  claims_header: `${PREFIX}User-Claims`,
  jwt_header: `${PREFIX}User-JWT`,
  bearer: "Authorization",
};

/** Whether requests go to an AgentCore Runtime. */
export function isAgentCore(credential: UpstreamCredential | undefined): boolean {
  return credential?.type === "sigv4" && credential.isAgentCore;
}

/** The error of a header name that the runtime would not forward; undefined if it is forwarded. */
export function agentCoreHeaderFault(name: string): string | undefined {
  const lower = name.toLowerCase();
  return /^x-amzn?-/.test(lower) && !lower.startsWith(PREFIX.toLowerCase())
    ? `AgentCore Runtime does not forward ${name} to the server. Use a name that begins with ${PREFIX}, or one without x-amz- or x-amzn-.`
    : undefined;
}
