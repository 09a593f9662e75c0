import { describe, expect, it } from "vitest";
import { configWarnings } from "../../../../../functions/core/config/checks/warnings.ts";
import {
  type GatewayConfig,
  parseGatewayConfig,
} from "../../../../../functions/core/config/gateway-config.ts";
import { parseServerConfig, type ServerConfig } from "../../../../../functions/core/config/server-config.ts";

const CONNECTION = {
  type: "descope_connection",
  app_id: "linear",
  connect_url: "https://auth.example.com/connect",
};
const PAGE =
  'missing: users who have not connected an account are not told where to do so. Add "connect_url": "<one page for all users>".';
const BYPASS =
  "a management key fetches tokens for every caller, and Descope checks no policy. Use it only at a server that takes tokens of this Descope project alone, or remove it: the caller's own token is used then.";

function warningsOf(server: Record<string, unknown>) {
  const parsed = parseServerConfig(JSON.stringify({ url: "https://tools.example.com/mcp", ...server }));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return configWarnings(parsed.config as ServerConfig);
}

describe("warnings about upstream_auth", () => {
  it("report a Connection without a page, also for a tenant, but not if it is the tenant's account", () => {
    const withoutPage = { ...CONNECTION, connect_url: undefined };
    expect(warningsOf({ upstream_auth: withoutPage })).toEqual([
      { path: "upstream_auth.connect_url", message: PAGE },
    ]);
    expect(warningsOf({ tenants: { T1: { upstream_auth: withoutPage }, T2: {} } })).toEqual([
      { path: "tenants.T1.upstream_auth.connect_url", message: PAGE },
    ]);
    expect(warningsOf({ upstream_auth: { ...withoutPage, level: "tenant" } })).toEqual([]);
  });

  it("report policies that are not checked, also in gateway.json", () => {
    const upstream_auth = { ...CONNECTION, bypass_descope_policies: true, management_key: "{{ssm:/key}}" };
    const expected = [{ path: "upstream_auth.bypass_descope_policies", message: BYPASS }];
    expect(warningsOf({ upstream_auth })).toEqual(expected);
    const gateway = parseGatewayConfig(JSON.stringify({ upstream_auth })) as { config: GatewayConfig };
    expect(configWarnings(gateway.config)).toEqual(expected);
  });

  it("report nothing for any other credential", () => {
    expect(warningsOf({ upstream_auth: CONNECTION })).toEqual([]);
    expect(warningsOf({ upstream_auth: { type: "sigv4", service: "lambda" } })).toEqual([]);
    expect(warningsOf({})).toEqual([]);
  });
});
