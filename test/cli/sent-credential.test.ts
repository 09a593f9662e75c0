import { describe, expect, it } from "vitest";
import { sentCredential } from "../../cli/sent-credential.ts";
import type { EffectiveServer } from "../../functions/core/config/effective-server.ts";
import { configSnapshot } from "../support/gateway-config.ts";
import { principalWith } from "../support/principals.ts";

const CLIENT = {
  token_url: "https://auth.example.com/token",
  client_id: "gateway",
  client_secret: "{{ssm:/secret}}",
};
const CONNECTION = {
  type: "descope_connection",
  app_id: "linear",
  base_url: "https://api.descope.com",
  project_id: "P2abc",
};

function sent(tools: Record<string, unknown>, member = true): string | undefined {
  const server = configSnapshot({ servers: { tools } }).servers.get("tools") as EffectiveServer;
  return sentCredential(server, principalWith(member ? { tenantIsMember: true } : {}));
}

describe("the credential that a server would get", () => {
  it.each<[Record<string, unknown>, string | undefined]>([
    [{}, undefined],
    [
      { upstream_auth: { type: "sigv4", service: "lambda" } },
      "sigv4: signed for lambda in the gateway's Region",
    ],
    [
      { upstream_auth: { type: "sigv4", service: "lambda", region: "eu-west-1" } },
      "sigv4: signed for lambda in eu-west-1",
    ],
    [
      { upstream_auth: { type: "client_credentials", ...CLIENT } },
      "client_credentials: a token of the gateway's client at https://auth.example.com/token, in authorization",
    ],
    [
      { upstream_auth: { type: "token_exchange", ...CLIENT, audience: "tools", header: "X-Key" } },
      "token_exchange: a token exchanged from the caller's token at https://auth.example.com/token, in x-key",
    ],
    [
      { upstream_auth: { ...CONNECTION, level: "user_in_tenant" } },
      "descope_connection: linear of the user in tenant, fetched with the caller's token at https://api.descope.com/v1/mgmt/outbound/app/user/token/latest, in authorization",
    ],
    [
      { upstream_auth: { ...CONNECTION, bypass_descope_policies: true, management_key: "{{ssm:/key}}" } },
      "descope_connection: linear of the user, fetched with a management key, which skips Descope's policies at https://api.descope.com/v1/mgmt/outbound/app/user/token/latest, in authorization",
    ],
    [{ tenants: { T1: { url: "https://acme.example.com/mcp" } } }, "none, for https://acme.example.com/mcp"],
  ])("with %j is %j", (tools, expected) => {
    expect(sent(tools)).toBe(expected);
  });

  it("is none, with the reason, if the token does not list its current tenant", () => {
    expect(sent({ tenant_required: true }, false)).toBe(
      "none: 403 tenant_required. The current tenant (dct) of your token is not one of its tenants. Sign in again and choose a tenant that you belong to.",
    );
  });
});
