import { expect, test } from "vitest";
import { readUpstreamNeeds } from "../../local/upstream-needs.ts";

test("collects Resources, scopes and Connections of the gateway, its servers and their tenants", () => {
  const gateway = {
    upstream_auth: { type: "token_exchange", resource: "https://a.example/mcp", scopes: ["a:read"] },
  };
  const servers = [
    { upstream_auth: { type: "client_credentials", audience: "b", scopes: ["b:read"] } },
    { upstream_auth: { type: "descope_connection", app_id: "linear", scopes: ["read"] } },
    {
      upstream_auth: { type: "descope_connection", app_id: "linear" },
      tenants: {
        T1: { upstream_auth: { type: "descope_connection", app_id: "linear", level: "tenant" } },
        T2: { upstream_auth: { type: "token_exchange", resource: "https://c.example/mcp" } },
        T3: { url: "https://d.example/mcp" },
      },
    },
    { upstream_auth: { type: "sigv4", service: "lambda" } },
  ];
  expect(readUpstreamNeeds(gateway, servers)).toEqual({
    resources: ["https://a.example/mcp", "b", "https://c.example/mcp"],
    scopes: ["a:read", "b:read"],
    connectionApps: [
      { appId: "linear", level: "user", scopes: [] },
      { appId: "linear", level: "tenant", scopes: [] },
    ],
  });
});

test.each([
  [{}],
  [{ upstream_auth: null, tenants: 7 }],
  [{ upstream_auth: { type: "descope_connection" }, tenants: { T1: "x" } }],
  [{ upstream_auth: { type: "token_exchange", scopes: "x" } }],
])("finds no needs in %j", (server) => {
  expect(readUpstreamNeeds({}, [server])).toEqual({ resources: [], scopes: [], connectionApps: [] });
});
