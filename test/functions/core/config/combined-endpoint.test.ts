import { describe, expect, it } from "vitest";
import {
  buildSnapshot,
  type ConfigSnapshot,
  serverNamed,
} from "../../../../functions/core/config-snapshot.ts";
import {
  type ConfigParts,
  configParameters,
  configSnapshot,
  parameter,
} from "../../../support/gateway-config.ts";

const combinedOf = (
  combined: unknown,
  servers: ConfigParts["servers"] = { b: {}, a: {}, off: { enabled: false } },
) => configSnapshot({ gateway: { combined }, servers }).combined;

describe("the members of the combined endpoint", () => {
  it("are the listed servers in the configured order, without disabled and missing ones", () => {
    expect(combinedOf({ servers: ["b", "gone", "off", "a"] })?.members).toEqual(["b", "a"]);
  });

  it("are all enabled servers, sorted by name, with all", () => {
    expect(combinedOf({ servers: "all" })?.members).toEqual(["a", "b"]);
  });

  it.each(["all", ["broken", "tools"]])("include a server whose parameter is invalid: %j", (servers) => {
    const parameters = [
      ...configParameters({ gateway: { combined: { servers } } }),
      parameter("servers/broken", "{"),
    ];
    const { snapshot } = buildSnapshot(parameters, { servers: new Map() });
    expect(snapshot?.combined?.members).toEqual(["broken", "tools"]);
  });
});

it("a server named mcp is an error only where the combined endpoint has its path", () => {
  const faultsWith = (gateway: ConfigParts["gateway"]) => {
    const parameters = configParameters({ ...(gateway && { gateway }), servers: { mcp: {} } });
    return buildSnapshot(parameters, { servers: new Map() }).faults.flatMap(({ faults }) => faults);
  };
  expect(faultsWith({ combined: { servers: "all" } })).toEqual([
    {
      path: "",
      message: 'the name "mcp" is reserved, because "combined" in gateway.json serves /mcp. Rename the file.',
    },
  ]);
  expect(faultsWith(undefined)).toEqual([]);
});

describe("the combined endpoint", () => {
  const config = configSnapshot({
    gateway: {
      combined: { servers: "all", separator: "_", on_unavailable: "fail" },
      scopes_supported: ["tools:read"],
      resource_name: "Everything",
      blocked: [{ claim: "sub", values: ["U1"] }],
      user_identity_forwarding: { method: "claims_header" },
    },
    servers: { tools: { blocked: [{ claim: "sub", values: ["U2"] }] } },
  });

  it("has the settings of gateway.json", () => {
    expect(config.combined).toMatchObject({ separator: "_", onUnavailable: "fail" });
  });

  it("has the gateway's token rules, blocked callers, issuer, scopes and name", () => {
    const endpoint = config.combined?.endpoint;
    expect(endpoint).toMatchObject({
      name: "/mcp",
      enabled: true,
      issuer: "https://auth.example.com/v1/apps/agentic/P2/MS2",
      scopesSupported: ["tools:read"],
      resourceName: "Everything",
      getStream: true,
      timeouts: { connectMs: 3000, firstByteMs: 290_000, idleMs: 240_000 },
    });
    expect(endpoint?.tokenRules.hash).toBe(config.gatewayRules?.hash);
    expect(endpoint?.blocked.map(({ rule }) => rule.values)).toEqual([["U1"]]);
  });

  it("sends no identity, credential or header, because it is not an MCP server", () => {
    expect(config.combined?.endpoint).toMatchObject({
      url: "",
      identity: undefined,
      upstreamAuth: undefined,
      headers: {},
      claimNames: [],
    });
  });

  it("adds the scope that a member's credential needs", () => {
    const connection = {
      type: "descope_connection",
      app_id: "jira",
      base_url: "https://api.descope.com",
      project_id: "P2abc",
    };
    const combined = combinedOf({ servers: ["a"] }, { a: { upstream_auth: connection }, b: {} });
    expect(combined?.endpoint.scopesSupported).toEqual(["outbound.token.fetch"]);
    const without = combinedOf({ servers: ["b"] }, { a: { upstream_auth: connection }, b: {} });
    expect(without?.endpoint.scopesSupported).toEqual([]);
  });

  it("is found by its name, but is not one of the servers", () => {
    expect(serverNamed(config, "/mcp")).toBe(config.combined?.endpoint);
    expect(serverNamed(config, "tools")?.name).toBe("tools");
    expect([...config.servers.keys()]).toEqual(["tools"]);
  });

  it("does not exist without combined in gateway.json", () => {
    const without: ConfigSnapshot = configSnapshot();
    expect(without.combined).toBeUndefined();
    expect(serverNamed(without, "/mcp")).toBeUndefined();
  });
});
