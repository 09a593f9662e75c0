import { describe, expect, it } from "vitest";
import { effectiveServer } from "../../../../../functions/core/config/effective-server.ts";
import {
  type GatewayConfig,
  parseGatewayConfig,
} from "../../../../../functions/core/config/gateway-config.ts";
import { parseServerConfig, type ServerConfig } from "../../../../../functions/core/config/server-config.ts";
import { agentCoreHeaderFault } from "../../../../../functions/core/config/upstream/agentcore.ts";

const RUNTIME = {
  type: "sigv4",
  agentcore_runtime_arn: "arn:aws:bedrock-agentcore:eu-central-1:111122223333:runtime/t-1",
};

function merged(server: Record<string, unknown>) {
  const gateway = parseGatewayConfig(
    JSON.stringify({ descope: { project_id: "P2abc", mcp_server_id: "MS2abc" } }),
  ) as { config: GatewayConfig };
  const parsed = parseServerConfig(JSON.stringify({ upstream_auth: RUNTIME, ...server }));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return effectiveServer("tools", gateway.config, parsed.config as ServerConfig);
}

describe("identity for a server in AgentCore Runtime", () => {
  it.each([
    ["claims_header", undefined, "X-Amzn-Bedrock-AgentCore-Runtime-Custom-User-Claims"],
    ["jwt_header", undefined, "X-Amzn-Bedrock-AgentCore-Runtime-Custom-User-JWT"],
    ["jwt_header", "X-Caller", "X-Caller"],
  ])("by %s with header_name %j is in %s", (method, header_name, headerName) => {
    const result = merged({ user_identity_forwarding: { method, header_name } });
    expect(result).toMatchObject({ ok: true, server: { identity: { headerName } } });
  });

  it("requires a header name that AgentCore forwards", () => {
    const user_identity_forwarding = { method: "jwt_header", header_name: "X-Amzn-Caller" };
    expect(merged({ user_identity_forwarding })).toMatchObject({
      ok: false,
      faults: [
        {
          path: "upstream_auth",
          message:
            "AgentCore Runtime does not forward X-Amzn-Caller to the server. Use a name that begins with X-Amzn-Bedrock-AgentCore-Runtime-Custom-, or one without x-amz- or x-amzn-.",
        },
      ],
    });
  });

  it("cannot use the session header", () => {
    const name = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id";
    expect(merged({ headers: { [name]: "x" } })).toMatchObject({
      ok: false,
      faults: [{ path: "upstream_auth" }],
    });
  });
});

describe("agentCoreHeaderFault", () => {
  it.each([
    ["X-Caller", true],
    ["X-Amzn-Bedrock-AgentCore-Runtime-Custom-Caller", true],
    ["x-amz-caller", false],
    ["X-Amzn-Bedrock-AgentCore-Runtime-Session-Id", false],
  ])("%s is forwarded: %s", (name, passes) => {
    expect(agentCoreHeaderFault(name) === undefined).toBe(passes);
  });
});
