import { describe, expect, it } from "vitest";
import {
  authorizationServerOf,
  combinedMetadata,
  discoveryDocument,
  gatewayMetadata,
  serverMetadata,
} from "../../../functions/core/resource-metadata.ts";
import { configSnapshot, JWT_VALIDATION } from "../../support/gateway-config.ts";

const URL = "https://mcp.example.com";
const ISSUER = "https://auth.example.com/v1/apps/agentic/P2/MS2";
const OWN_ISSUER = "https://login.example.org";
const OWN_BLOCK = { ...JWT_VALIDATION, claimValues: { iss: { values: OWN_ISSUER } } };

const FULL_GATEWAY = {
  scopes_supported: ["openid"],
  resource_name: "Gateway",
  resource_documentation: "https://docs.example.com",
};

describe("combinedMetadata", () => {
  const combined = { servers: ["tools"] };

  it("has the endpoint's URL as its resource, and the gateway's issuer, scopes and name", () => {
    const gateway = { ...FULL_GATEWAY, combined };
    const servers = { tools: { resource_name: "Tools", jwt_validation: OWN_BLOCK } };
    expect(combinedMetadata(configSnapshot({ gateway, servers }), URL)).toStrictEqual({
      resource: "https://mcp.example.com/mcp",
      authorization_servers: [ISSUER],
      scopes_supported: ["openid"],
      bearer_methods_supported: ["header"],
      resource_name: "Gateway",
      resource_documentation: "https://docs.example.com",
    });
  });

  it("contains the scope that a member's credential needs", () => {
    const upstream_auth = {
      type: "descope_connection",
      app_id: "linear",
      base_url: "https://api.descope.com",
      project_id: "P2",
    };
    const scopes = (servers: Record<string, Record<string, unknown>>) =>
      combinedMetadata(configSnapshot({ gateway: { combined }, servers }), URL)?.scopes_supported;
    expect(scopes({ tools: { upstream_auth } })).toEqual(["outbound.token.fetch"]);
    expect(scopes({ tools: {}, linear: { upstream_auth } })).toBeUndefined();
  });

  it("is absent without combined, and without one issuer", () => {
    expect(combinedMetadata(configSnapshot(), URL)).toBeUndefined();
    const iss = { values: [ISSUER, OWN_ISSUER], matchType: "contains" };
    const claimValues = { ...JWT_VALIDATION.claimValues, iss };
    const jwt_validation = { ...JWT_VALIDATION, claimValues };
    expect(combinedMetadata(configSnapshot({ gateway: { combined, jwt_validation } }), URL)).toBeUndefined();
  });

  it("has the same authorization server", () => {
    expect(authorizationServerOf(configSnapshot({ gateway: { combined } }), "/mcp")).toBe(ISSUER);
    expect(authorizationServerOf(configSnapshot(), "/mcp")).toBeUndefined();
  });
});

describe("gatewayMetadata", () => {
  it("contains the resource, the authorization server and the header method", () => {
    expect(gatewayMetadata(configSnapshot(), URL)).toStrictEqual({
      resource: "https://mcp.example.com",
      authorization_servers: ["https://auth.example.com/v1/apps/agentic/P2/MS2"],
      bearer_methods_supported: ["header"],
    });
  });

  it("contains scopes, name and documentation if they are configured", () => {
    expect(gatewayMetadata(configSnapshot({ gateway: FULL_GATEWAY }), URL)).toEqual({
      resource: "https://mcp.example.com",
      authorization_servers: ["https://auth.example.com/v1/apps/agentic/P2/MS2"],
      scopes_supported: ["openid"],
      bearer_methods_supported: ["header"],
      resource_name: "Gateway",
      resource_documentation: "https://docs.example.com",
    });
  });

  it("contains the scope of Descope's Connections if an enabled server needs it", () => {
    const upstream_auth = {
      type: "descope_connection",
      app_id: "linear",
      base_url: "https://api.descope.com",
      project_id: "P2",
    };
    const scopes = (servers: Record<string, Record<string, unknown>>) => {
      const snapshot = configSnapshot({ gateway: FULL_GATEWAY, servers });
      return [gatewayMetadata(snapshot, URL), serverMetadata(snapshot, URL, "linear")].map(
        (document) => document?.scopes_supported,
      );
    };
    const needed = ["openid", "outbound.token.fetch"];
    expect(scopes({ linear: { upstream_auth } })).toEqual([needed, needed]);
    expect(scopes({ linear: { tenants: { T1: { upstream_auth } } } })).toEqual([needed, needed]);
    expect(scopes({ linear: { upstream_auth, enabled: false } })).toEqual([["openid"], ["openid"]]);
  });

  it("omits an empty list of scopes", () => {
    expect(gatewayMetadata(configSnapshot({ gateway: { scopes_supported: [] } }), URL)).not.toHaveProperty(
      "scopes_supported",
    );
  });

  it("is absent if the gateway has no jwt_validation block", () => {
    const config = configSnapshot({
      gateway: { jwt_validation: undefined },
      servers: { tools: { jwt_validation: OWN_BLOCK } },
    });
    expect(gatewayMetadata(config, URL)).toBeUndefined();
  });

  it("has a resource that is a path prefix of every server's resource", () => {
    const config = configSnapshot();
    const server = serverMetadata(config, `${URL}/prod`, "tools")?.resource;
    expect(server).toBe("https://mcp.example.com/prod/tools/mcp");
    expect(server?.startsWith(`${gatewayMetadata(config, `${URL}/prod`)?.resource}/`)).toBe(true);
  });
});

describe("serverMetadata", () => {
  it("is the gateway's metadata with the server's URL", () => {
    expect(serverMetadata(configSnapshot({ gateway: FULL_GATEWAY }), URL, "tools")).toEqual({
      resource: "https://mcp.example.com/tools/mcp",
      authorization_servers: [ISSUER],
      scopes_supported: ["openid"],
      bearer_methods_supported: ["header"],
      resource_name: "Gateway",
      resource_documentation: "https://docs.example.com",
    });
  });

  it("contains the server's issuer, scopes and name", () => {
    const tools = { jwt_validation: OWN_BLOCK, scopes_supported: ["mcp"], resource_name: "Tools" };
    expect(
      serverMetadata(configSnapshot({ gateway: FULL_GATEWAY, servers: { tools } }), URL, "tools"),
    ).toMatchObject({
      authorization_servers: ["https://login.example.org"],
      scopes_supported: ["mcp"],
      resource_name: "Tools",
    });
  });

  it("does not reveal whether a server is known, unknown or disabled", () => {
    const closed = {
      enabled: false,
      jwt_validation: OWN_BLOCK,
      scopes_supported: ["secret"],
      resource_name: "Closed",
    };
    const config = configSnapshot({ servers: { tools: {}, closed } });
    const known = JSON.stringify(serverMetadata(config, URL, "tools"));
    expect(JSON.stringify(serverMetadata(config, URL, "closed")).replace("/closed/", "/tools/")).toBe(known);
    expect(JSON.stringify(serverMetadata(config, URL, "nobody")).replace("/nobody/", "/tools/")).toBe(known);
  });

  it("is absent for an unknown server if the gateway has no jwt_validation block", () => {
    const config = configSnapshot({
      gateway: { jwt_validation: undefined },
      servers: { tools: { jwt_validation: OWN_BLOCK } },
    });
    expect(serverMetadata(config, URL, "nobody")).toBeUndefined();
    expect(serverMetadata(config, URL, "tools")).toMatchObject({ authorization_servers: [OWN_ISSUER] });
  });

  it.each(["__proto__", "a/b", "A", "", "-a", "a b", '"', "a".repeat(64), "../x"])(
    "is absent for %j, which is not a valid server name",
    (name) => {
      expect(serverMetadata(configSnapshot(), URL, name)).toBeUndefined();
    },
  );
});

describe("authorizationServerOf", () => {
  const config = configSnapshot({
    servers: { tools: { jwt_validation: OWN_BLOCK }, closed: { jwt_validation: OWN_BLOCK, enabled: false } },
  });

  it.each([
    ["the gateway's own where no server is named", undefined, ISSUER],
    ["a server's own", "tools", OWN_ISSUER],
    ["the gateway's for an unknown server", "nobody", ISSUER],
    ["the gateway's for a disabled server", "closed", ISSUER],
    ["none for what no server can be named", "Tools", undefined],
    ["none for an empty name", "", undefined],
  ])("returns %s", (_, name, issuer) => {
    expect(authorizationServerOf(config, name)).toBe(issuer);
  });

  it("returns undefined if the gateway has no jwt_validation block", () => {
    const ruleless = configSnapshot({ gateway: { jwt_validation: undefined }, servers: {} });
    expect(authorizationServerOf(ruleless, undefined)).toBeUndefined();
    expect(authorizationServerOf(ruleless, "tools")).toBeUndefined();
  });
});

describe("discoveryDocument", () => {
  const identity = (method: string) => ({ user_identity_forwarding: { method, include_claims: ["sub"] } });

  it("points JWT libraries from the issuer to the keys, and contains no authorization server endpoints", () => {
    const config = configSnapshot({ servers: { tools: {}, mail: identity("jwt_header") } });
    expect(discoveryDocument(config, "https://mcp.example.com")).toEqual({
      issuer: "https://mcp.example.com",
      jwks_uri: "https://mcp.example.com/.well-known/jwks.json",
      id_token_signing_alg_values_supported: ["ES256"],
    });
  });

  it.each([
    ["without identities", {}],
    ["where identities are not signed", identity("claims_header")],
    ["where only a disabled server gets signed ones", { ...identity("jwt_header"), enabled: false }],
  ])("is absent %s", (_, tools) => {
    expect(
      discoveryDocument(configSnapshot({ servers: { tools } }), "https://mcp.example.com"),
    ).toBeUndefined();
  });
});
