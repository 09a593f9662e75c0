import { describe, expect, it } from "vitest";
import type { EffectiveServer } from "../../../../functions/core/config/effective-server.ts";
import { decidesByTenant, tenantTarget } from "../../../../functions/core/upstream/tenant.ts";
import { configSnapshot } from "../../../support/gateway-config.ts";

const ACME = "https://acme.example.com/mcp";
const CONNECTION = {
  type: "descope_connection",
  app_id: "crm",
  base_url: "https://api.descope.com",
  project_id: "P2abc",
};

function server(tools: Record<string, unknown>): EffectiveServer {
  return configSnapshot({ servers: { tools } }).servers.get("tools") as EffectiveServer;
}

function target(tools: Record<string, unknown>, tenant: string, isMember: boolean): string {
  const found = tenantTarget(server(tools), { tenant, ...(isMember && { tenantIsMember: true }) });
  return found.ok ? found.server.url : `${found.errorResponse.status} ${found.errorResponse.reason}`;
}

const OWN = "https://tools.example.com/mcp";
const TENANTS = { tenants: { T1: { url: ACME } } };
const DENIED = "403 tenant_required";

describe("tenantTarget", () => {
  it.each<[string, Record<string, unknown>, string, boolean, string]>([
    ["the tenant's target for its members", TENANTS, "T1", true, ACME],
    ["the server's own for members of other tenants", TENANTS, "T2", true, OWN],
    ["the server's own for callers without a tenant", TENANTS, "", false, OWN],
    ["nothing for a dct that is not one of the token's tenants", TENANTS, "T1", false, DENIED],
    ["nothing without a tenant where one is required", { tenant_required: true }, "", false, DENIED],
    ["nothing for a foreign dct where a tenant is required", { tenant_required: true }, "T1", false, DENIED],
    [
      "the server's own for any member where a tenant is required",
      { tenant_required: true },
      "T9",
      true,
      OWN,
    ],
    ["the server's own, whatever dct says, where nothing depends on it", {}, "T1", false, OWN],
    [
      "nothing without a tenant for a tenant's token",
      { upstream_auth: { ...CONNECTION, level: "tenant" } },
      "",
      false,
      DENIED,
    ],
    ["the server's own for a user's token", { upstream_auth: CONNECTION }, "", false, OWN],
  ])("returns %s", (_, tools, tenant, isMember, expected) => {
    expect(target(tools, tenant, isMember)).toBe(expected);
  });

  it("says what to do if there is no target", () => {
    const messages = ["", "T1"].map((tenant) => {
      const found = tenantTarget(server({ tenant_required: true }), { tenant });
      return found.ok ? "" : found.errorResponse.message;
    });
    expect(messages).toEqual([
      "This MCP server needs a current tenant (dct) in your token. Sign in again and choose a tenant that you belong to.",
      "The current tenant (dct) of your token is not one of its tenants. Sign in again and choose a tenant that you belong to.",
    ]);
  });
});

describe("decidesByTenant", () => {
  it.each([
    [{}, false],
    [{ upstream_auth: CONNECTION }, false],
    [{ upstream_auth: { ...CONNECTION, level: "user_in_tenant" } }, true],
    [TENANTS, true],
    [{ tenant_required: true }, true],
  ])("returns for %j: %s", (tools, expected) => {
    expect(decidesByTenant(server(tools))).toBe(expected);
  });
});
