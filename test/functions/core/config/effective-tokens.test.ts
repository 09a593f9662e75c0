import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  expandGatewayConfig,
  gatewayHeaderKey,
  gatewayIssuer,
  gatewayTokenRules,
} from "../../../../functions/core/config/effective-tokens.ts";
import { parseGatewayConfig } from "../../../../functions/core/config/gateway-config.ts";
import { AGENTIC_ISSUER, jwtBlock } from "../../../support/config-blocks.ts";
import { DESCOPE, faults, gateway, merged, server } from "../../../support/merged-config.ts";

describe("the configured token header", () => {
  it("is the same for all servers, whatever its case", () => {
    const file = { jwt_validation: jwtBlock({ headerKey: "X-Token" }) };
    expect(merged(file, { jwt_validation: jwtBlock() }).tokenRules.headerKey).toBe("X-Token");
    expect(merged(file, { jwt_validation: jwtBlock({ headerKey: "x-TOKEN" }) }).tokenRules.headerKey).toBe(
      "X-Token",
    );
    expect(gatewayHeaderKey(gateway(file))).toBe("X-Token");
    expect(gatewayHeaderKey(gateway({ descope: DESCOPE }))).toBe("Authorization");
    expect(gatewayHeaderKey(gateway({ jwt_validation: jwtBlock() }))).toBe("Authorization");
  });
});

describe("a server with its own MCP Server in Descope", () => {
  const OWN = "https://api.descope.com/v1/apps/agentic/P2abc/RS2own";

  it("uses project and host of the gateway, but neither its issuers nor its audience", () => {
    const file = {
      descope: { ...DESCOPE, region: "euc1", issuers: ["https://a.example"], audience: "https://a.example" },
    };
    const server = merged(
      { ...file, public_url: "https://mcp.example.com" },
      { descope: { mcp_server_id: "RS2own" } },
    );
    expect(server.issuer).toBe("https://api.euc1.descope.com/v1/apps/agentic/P2abc/RS2own");
    expect(server.tokenRules.descopeIssuers).toEqual({
      own: "https://api.euc1.descope.com/v1/apps/agentic/P2abc/RS2own",
      baseUrl: "https://api.euc1.descope.com",
      projectId: "P2abc",
      audiences: ["https://mcp.example.com/tools/mcp"],
      audienceAlways: false,
    });
  });

  it("can set another host and project", () => {
    const own = { project_id: "P3", mcp_server_id: "RS2own", base_url: "https://auth.example.com" };
    const server = merged({ descope: { ...DESCOPE, region: "euc1" } }, { descope: own });
    expect(server.issuer).toBe("https://auth.example.com/v1/apps/agentic/P3/RS2own");
    expect(merged({ jwt_validation: jwtBlock() }, { descope: own }).issuer).toBe(server.issuer);
  });

  it("can have an exact list of issuers", () => {
    const { tokenRules, issuer } = merged(undefined, {
      descope: { mcp_server_id: "RS2own", issuers: "agentic" },
    });
    expect(issuer).toBe(OWN);
    expect(tokenRules.claimRules).toEqual([{ claim: "iss", matchType: "exact", values: [OWN] }]);
  });

  it("requires its own project if the gateway has none, and an audience with a preset", () => {
    expect(faults({ jwt_validation: jwtBlock() }, { descope: { mcp_server_id: "RS2own" } })).toEqual([
      'descope: needs "project_id", because gateway.json has no "descope" block. Add it.',
    ]);
    const [fault] = faults(
      { descope: DESCOPE },
      { descope: { mcp_server_id: "RS2own", issuers: "project" } },
    );
    expect(fault).toContain('descope: needs "audience", because 3 issuers are allowed');
  });

  it("accepts one form of token rules, and one host", () => {
    const both = { descope: { mcp_server_id: "RS2own" }, jwt_validation: jwtBlock() };
    expect(() => server(both)).toThrow('"descope" is the short form of "jwt_validation"');
    const hosts = { mcp_server_id: "RS2own", region: "us", base_url: "https://auth.example.com" };
    expect(() => server({ descope: hosts })).toThrow('"region" and "base_url" both name the Descope host.');
  });
});

describe("the gateway's token rules", () => {
  it("exist with the descope shorthand or a jwt_validation block, otherwise they are undefined", () => {
    expect(gatewayTokenRules(gateway({ descope: DESCOPE }))?.descopeIssuers?.own).toBe(AGENTIC_ISSUER);
    expect(gatewayTokenRules(gateway({ jwt_validation: jwtBlock() }))?.claimRules).toEqual([
      { claim: "iss", matchType: "exact", values: [AGENTIC_ISSUER] },
    ]);
    expect(gatewayTokenRules(gateway({}))).toBeUndefined();
  });

  it("are the same in the short and the expanded form", () => {
    const short = gateway({ descope: { ...DESCOPE, issuers: "agentic" } });
    expect(gatewayTokenRules(expandGatewayConfig(short))?.hash).toBe(gatewayTokenRules(short)?.hash);
  });

  it("are the same when expanded again, for any ids", () => {
    const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/);
    const presets = fc.constantFrom("agentic", "project", "tenant");
    fc.assert(
      fc.property(id, id, presets, (project, mcpServer, issuers) => {
        const parsed = parseGatewayConfig(
          JSON.stringify({
            descope: {
              project_id: project,
              mcp_server_id: mcpServer,
              issuers,
              audience: "https://mcp.example.com",
            },
          }),
        );
        fc.pre(parsed.ok);
        if (!parsed.ok) return;
        const once = expandGatewayConfig(parsed.config);
        expect(once.descope).toBeUndefined();
        expect(expandGatewayConfig(once)).toEqual(once);
        expect(parseGatewayConfig(JSON.stringify(once))).toEqual({ ok: true, config: once });
      }),
    );
  });
});

describe("gatewayIssuer", () => {
  it("is undefined for a block without an issuer rule", () => {
    expect(gatewayIssuer(gateway({}))).toBeUndefined();
    const { jwt_validation, ...rest } = gateway({ jwt_validation: jwtBlock() });
    if (jwt_validation === undefined) throw new Error("invalid");
    expect(
      gatewayIssuer({ ...rest, jwt_validation: { ...jwt_validation, claimValues: {} } }),
    ).toBeUndefined();
  });
});
