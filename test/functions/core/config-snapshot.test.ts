import { describe, expect, it } from "vitest";
import { buildSnapshot, type GoodParameters } from "../../../functions/core/config-snapshot.ts";
import { configParameters, configSnapshot, JWT_VALIDATION, parameter } from "../../support/gateway-config.ts";

const NOTHING: GoodParameters = { servers: new Map() };
const SERVER = { url: "https://tools.example.com/mcp" };
const GATEWAY = { jwt_validation: JWT_VALIDATION };

describe("buildSnapshot", () => {
  it("returns the gateway and its servers, including disabled ones", () => {
    const { snapshot, faults } = buildSnapshot(configParameters(), NOTHING);
    expect(faults).toEqual([]);
    expect(snapshot?.gateway.public_url).toBe("https://mcp.example.com");
    expect([...(snapshot?.servers.values() ?? [])].map(({ name, enabled }) => [name, enabled])).toEqual([
      ["tools", true],
      ["closed", false],
    ]);
    expect(snapshot?.gatewayIssuer).toBe("https://auth.example.com/v1/apps/agentic/P2/MS2");
    expect(snapshot?.gatewayRules?.hash).toBe(snapshot?.servers.get("tools")?.tokenRules.hash);
    expect(snapshot?.invalidServers).toEqual(new Set());
  });

  it("has no rules for unknown servers if the gateway has no jwt_validation block", () => {
    const parameters = [parameter("gateway", {}), parameter("servers/tools", { ...SERVER, ...GATEWAY })];
    const { snapshot, faults } = buildSnapshot(parameters, NOTHING);
    expect(faults).toEqual([]);
    expect(snapshot).toMatchObject({ gatewayRules: undefined, gatewayIssuer: undefined });
    expect(snapshot?.servers.has("tools")).toBe(true);
  });

  it("reserves the identity headers of every server and the default ones, in lower case", () => {
    const identity = (header_name: string) => ({
      user_identity_forwarding: { method: "claims_header", header_name },
    });
    const { snapshot } = buildSnapshot(
      configParameters({
        servers: { a: identity("X-Who"), b: { ...identity("X-Caller"), enabled: false }, c: {} },
      }),
      NOTHING,
    );
    expect(snapshot?.identityHeaderNames).toEqual(
      new Set(["x-user-claims", "x-user-jwt", "authorization", "x-who", "x-caller"]),
    );
  });
});

describe("an invalid gateway parameter", () => {
  it.each([
    ["missing", [], 0, "the parameter does not exist: push config/gateway.json"],
    ["no JSON", [parameter("gateway", "{", 7)], 7, "JSON"],
    ["an unknown key", [parameter("gateway", { public_uri: "x" }, 8)], 8, "public_url"],
  ])(
    "that is %s returns no snapshot if no valid one was loaded before",
    (_, parameters, version, message) => {
      const result = buildSnapshot([...parameters, parameter("servers/tools", SERVER)], NOTHING);
      expect(result.snapshot).toBeUndefined();
      expect(result.good).toBe(NOTHING);
      expect(result.faults).toHaveLength(1);
      expect(result.faults[0]).toMatchObject({ name: "gateway", version });
      expect(JSON.stringify(result.faults[0]?.faults)).toContain(message);
    },
  );

  it("that is missing is reported with the action to take", () => {
    expect(buildSnapshot([], NOTHING).faults).toEqual([
      {
        name: "gateway",
        version: 0,
        faults: [{ path: "", message: "the parameter does not exist: push config/gateway.json" }],
      },
    ]);
  });

  it.each([
    ["missing", []],
    ["wrong", [parameter("gateway", "{")]],
  ])("that is %s keeps the last valid gateway configuration", (_, parameters) => {
    const { good } = buildSnapshot(configParameters(), NOTHING);
    const result = buildSnapshot([...parameters, parameter("servers/tools", SERVER)], good);
    expect(result.faults).toHaveLength(1);
    expect(result.snapshot?.gateway).toBe(good.gateway);
    expect([...(result.snapshot?.servers.keys() ?? [])]).toEqual(["tools"]);
  });
});

describe("an invalid server parameter", () => {
  const wrong: [string, unknown][] = [
    ["no JSON", "{"],
    ["no url", {}],
    ["rules for tokens that can't hold", { ...SERVER, jwt_validation: { jwksUri: "https://a.example.com" } }],
    ["another token header", { ...SERVER, jwt_validation: { ...JWT_VALIDATION, headerKey: "X-Token" } }],
  ];

  it.each(wrong)("(%s) makes only that server unavailable", (_, value) => {
    const parameters = [...configParameters(), parameter("servers/broken", value, 3)];
    const { snapshot, faults, good } = buildSnapshot(parameters, NOTHING);
    expect(faults.map(({ name, version }) => [name, version])).toEqual([["servers/broken", 3]]);
    expect(faults[0]?.faults.length).toBeGreaterThan(0);
    expect(snapshot?.invalidServers).toEqual(new Set(["broken"]));
    expect([...(snapshot?.servers.keys() ?? [])]).toEqual(["tools", "closed"]);
    expect(good.servers.has("broken")).toBe(false);
  });

  it.each(wrong)("(%s) keeps the server's last valid configuration", (_, value) => {
    const first = buildSnapshot(configParameters({ servers: { tools: { resource_name: "Good" } } }), NOTHING);
    const parameters = [configParameters()[0] as never, parameter("servers/tools", value, 2)];
    const second = buildSnapshot(parameters, first.good);
    const third = buildSnapshot(parameters, second.good);
    for (const { snapshot, faults } of [second, third]) {
      expect(faults).toHaveLength(1);
      expect(snapshot?.servers.get("tools")?.resourceName).toBe("Good");
      expect(snapshot?.invalidServers).toEqual(new Set());
    }
  });

  it("keeps no last valid configuration that the gateway's new configuration does not allow", () => {
    const first = buildSnapshot(configParameters({ servers: { tools: {} } }), NOTHING);
    const parameters = [parameter("gateway", {}), parameter("servers/tools", "{")];
    const { snapshot } = buildSnapshot(parameters, first.good);
    expect(snapshot?.servers.has("tools")).toBe(false);
    expect(snapshot?.invalidServers).toEqual(new Set(["tools"]));
  });

  it("is removed when its parameter is deleted", () => {
    const first = buildSnapshot(configParameters(), NOTHING);
    const { snapshot, good } = buildSnapshot(configParameters({ servers: {} }), first.good);
    expect(snapshot?.servers.size).toBe(0);
    expect(good.servers.size).toBe(0);
  });

  it("is checked again when the gateway's jwt_validation changes", () => {
    const first = buildSnapshot(configParameters({ servers: { tools: {} } }), NOTHING);
    const stricter = { jwt_validation: { ...JWT_VALIDATION, requiredClaims: ["sub", "email"] } };
    const parameters = [parameter("gateway", stricter), parameter("servers/tools", "{")];
    const { snapshot } = buildSnapshot(parameters, first.good);
    expect(snapshot?.servers.get("tools")?.tokenRules.requiredClaims).toEqual(["sub", "email"]);
  });
});

describe("a parameter with another name", () => {
  it.each([
    "other",
    "servers/",
    "servers/A",
    "servers/a/b",
    "other/servers/a",
    "servers/-a",
    `servers/${"a".repeat(64)}`,
    "Gateway",
  ])("%s is reported and is not a server", (name) => {
    const { snapshot, faults } = buildSnapshot([...configParameters(), parameter(name, SERVER, 4)], NOTHING);
    expect(faults).toEqual([
      {
        name,
        version: 4,
        faults: [{ path: "", message: "expected the name gateway or servers/<server name>" }],
      },
    ]);
    expect([...(snapshot?.servers.keys() ?? [])]).toEqual(["tools", "closed"]);
  });

  it.each(["a", "0", "a-b", "a1-b2", "a".repeat(63)])("servers/%s is a server", (name) => {
    const { snapshot, faults } = buildSnapshot(configParameters({ servers: { [name]: {} } }), NOTHING);
    expect(faults).toEqual([]);
    expect(snapshot?.servers.has(name)).toBe(true);
  });
});

describe("a secret below the configuration's path", () => {
  const below = { headers: { "X-Api-Key": "{{ssm:/team/prod/key}}" } };
  const fault = [{ path: "headers.X-Api-Key", message: expect.stringContaining("/team/prod/key") }];

  it("makes a server's parameter invalid and keeps the server's last valid configuration", () => {
    const first = buildSnapshot(configParameters({ servers: { tools: {} } }), NOTHING, {
      prefix: "/team/prod",
    });
    const parameters = configParameters({ servers: { tools: below, other: {} } });
    const fresh = buildSnapshot(parameters, NOTHING, { prefix: "/team/prod" });
    expect(fresh.faults).toEqual([{ name: "servers/tools", version: 1, faults: fault }]);
    expect(fresh.snapshot?.invalidServers).toEqual(new Set(["tools"]));
    expect([...(fresh.snapshot?.servers.keys() ?? [])]).toEqual(["other"]);
    expect(
      buildSnapshot(parameters, first.good, { prefix: "/team/prod" }).snapshot?.servers.get("tools")?.headers,
    ).toEqual({});
  });

  it("makes the gateway's parameter invalid", () => {
    const gateway = {
      jwt_validation: {
        ...JWT_VALIDATION,
        introspectEndpoint: "https://auth.example.com/introspect",
        introspectClientId: "gateway",
        introspectClientSecret: "{{ssm:/team/prod/secret}}",
      },
    };
    const { snapshot, faults } = buildSnapshot(configParameters({ gateway }), NOTHING, {
      prefix: "/team/prod",
    });
    expect(snapshot).toBeUndefined();
    expect(faults).toMatchObject([
      { name: "gateway", faults: [{ path: "jwt_validation.introspectClientSecret" }] },
    ]);
  });

  it("is accepted if it is outside that path", () => {
    expect(
      buildSnapshot(configParameters({ servers: { tools: below } }), NOTHING, { prefix: "/team/dev" }).faults,
    ).toEqual([]);
  });
});

describe("the claims that the proxy needs", () => {
  it("are those of the identity header and of every access rule", () => {
    const rule = (...claims: string[]) => ({
      "*": { required_claims: Object.fromEntries(claims.map((claim) => [claim, { values: "x" }])) },
    });
    const config = configSnapshot({
      servers: {
        tools: {
          user_identity_forwarding: { method: "claims_header", include_claims: ["sub", "email"] },
          tool_authorization: rule("tier"),
          prompt_authorization: rule("team"),
          resource_authorization: rule("email", "plan"),
        },
        plain: {},
      },
    });
    const namesOf = (name: string) => config.servers.get(name)?.claimNames;
    expect(namesOf("tools")).toEqual(["sub", "email", "tier", "team", "plan"]);
    expect(namesOf("plain")).toEqual([]);
  });
});
