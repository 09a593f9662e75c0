import { describe, expect, it } from "vitest";
import {
  type DescopeShorthand,
  descopeIssuer,
  expandDescope as expansionOf,
} from "../../../../functions/core/config/descope-shorthand.ts";
import { gatewayTokenRules } from "../../../../functions/core/config/effective-tokens.ts";
import { parseGatewayConfig } from "../../../../functions/core/config/gateway-config.ts";
import { gatewayFaults } from "../../../support/config-blocks.ts";

const IDS = { project_id: "P2abc", mcp_server_id: "MS2abc" };
const AUDIENCE = "https://mcp.example.com";

function shorthand(changes: Record<string, unknown> = {}): DescopeShorthand {
  const parsed = parseGatewayConfig(JSON.stringify({ descope: { ...IDS, ...changes } }));
  if (!parsed.ok || parsed.config.descope === undefined) throw new Error("invalid");
  return parsed.config.descope;
}

/** The block of a shorthand that a block can say. */
function expandDescope(descope: DescopeShorthand) {
  const block = expansionOf(descope);
  if (block === undefined) throw new Error("no block");
  return block;
}

describe("expandDescope", () => {
  it("returns no block for the default, whose issuers depend on aud", () => {
    expect(expansionOf(shorthand())).toBeUndefined();
    expect(expansionOf(shorthand({ audience: AUDIENCE }))).toBeUndefined();
  });

  it("returns the block of the Descope guide", () => {
    expect(expandDescope(shorthand({ issuers: "agentic" }))).toEqual({
      jwksUri: "https://api.descope.com/P2abc/.well-known/jwks.json",
      introspectContentType: "application/x-www-form-urlencoded",
      introspectCacheMaxAge: 0,
      algorithms: ["RS256"],
      clockTolerance: 5,
      cacheMaxAge: 86_400,
      requiredClaims: ["sub"],
      headerPayloadMatch: [],
      claimValues: {
        iss: { values: ["https://api.descope.com/v1/apps/agentic/P2abc/MS2abc"], matchType: "exact" },
      },
    });
  });

  it("returns a block that gateway.json accepts instead, unchanged", () => {
    for (const changes of [
      { issuers: "agentic" },
      { issuers: "agentic", audience: AUDIENCE },
      { issuers: "project", audience: AUDIENCE },
      { issuers: "tenant", audience: [AUDIENCE] },
    ]) {
      const block = expandDescope(shorthand(changes));
      const parsed = parseGatewayConfig(JSON.stringify({ jwt_validation: block }));
      expect(parsed.ok && parsed.config.jwt_validation).toEqual(block);
    }
  });

  it.each([
    ["us", "https://api.descope.com"],
    ["euc1", "https://api.euc1.descope.com"],
    ["aps2", "https://api.aps2.descope.com"],
    ["cac1", "https://api.cac1.descope.com"],
  ])("supports region %s", (region, base) => {
    const block = expandDescope(shorthand({ issuers: "agentic", region }));
    expect(block.jwksUri).toBe(`${base}/P2abc/.well-known/jwks.json`);
    expect(block.claimValues["iss"]?.values).toEqual([`${base}/v1/apps/agentic/P2abc/MS2abc`]);
  });

  it("uses a custom domain as the host everywhere", () => {
    const block = expandDescope(shorthand({ issuers: "agentic", base_url: "https://auth.example.com" }));
    expect(block.jwksUri).toBe("https://auth.example.com/P2abc/.well-known/jwks.json");
    expect(block.claimValues["iss"]?.values).toEqual([
      "https://auth.example.com/v1/apps/agentic/P2abc/MS2abc",
    ]);
  });

  it("adds the audience, one or several", () => {
    expect(expandDescope(shorthand({ issuers: "agentic", audience: AUDIENCE })).claimValues["aud"]).toEqual({
      values: [AUDIENCE],
      matchType: "contains",
    });
    expect(expandDescope(shorthand({ issuers: "agentic", audience: ["a", "b"] })).claimValues["aud"]).toEqual(
      {
        values: ["a", "b"],
        matchType: "contains",
      },
    );
  });

  it("compares a single issuer exactly, and accepts any of several", () => {
    const issuerRule = (issuers: string[]) =>
      expandDescope(shorthand({ issuers, audience: AUDIENCE })).claimValues["iss"];
    expect(issuerRule(["https://a.example"])).toEqual({ values: ["https://a.example"], matchType: "exact" });
    expect(issuerRule(["https://a.example", "https://b.example"])).toEqual({
      values: ["https://a.example", "https://b.example"],
      matchType: "contains",
    });
  });
});

describe("descope.issuers", () => {
  const accepts = (issuers: unknown, issuer: string) => {
    const parsed = parseGatewayConfig(JSON.stringify({ descope: { ...IDS, issuers, audience: AUDIENCE } }));
    const rule =
      parsed.ok && gatewayTokenRules(parsed.config)?.claimRules.find(({ claim }) => claim === "iss");
    if (!rule) throw new Error("invalid");
    return rule.matches === undefined ? rule.values.includes(issuer) : rule.matches(issuer);
  };
  const AGENTIC = "https://api.descope.com/v1/apps/agentic/P2abc/MS2abc";
  const PROJECT = "https://api.descope.com/v1/apps/P2abc";
  const AWS_TEMPLATE = "https://api.descope.com/P2abc";
  const TENANT = "https://api.descope.com/v1/apps/P2abc/T2abc";
  const OTHER_SERVER = "https://api.descope.com/v1/apps/agentic/P2abc/MS2other";

  it.each<[string, unknown, readonly string[]]>([
    ["agentic", "agentic", [AGENTIC]],
    ["project", "project", [AGENTIC, PROJECT, AWS_TEMPLATE]],
    ["tenant", "tenant", [AGENTIC, PROJECT, AWS_TEMPLATE, TENANT]],
    ["an exact list", [TENANT, OTHER_SERVER], [TENANT, OTHER_SERVER]],
    ["one exact issuer", [PROJECT], [PROJECT]],
  ])("%s accepts exactly its forms of issuers", (_name, issuers, accepted) => {
    const forms = [AGENTIC, PROJECT, AWS_TEMPLATE, TENANT, OTHER_SERVER, "P2abc"];
    expect(forms.filter((form) => accepts(issuers, form))).toEqual(
      forms.filter((form) => accepted.includes(form)),
    );
  });

  it.each([
    ["another host", "https://api.descope.com.evil.example/v1/apps/P2abc/T2abc"],
    ["a dot read as any character", "https://apiXdescope.com/v1/apps/P2abc/T2abc"],
    ["something below the tenant", `${TENANT}/x`],
    ["something before it", `x${TENANT}`],
    ["another project", "https://api.descope.com/v1/apps/P2abcd/T2abc"],
    ["no tenant id", `${PROJECT}/`],
    ["a line after it", `${TENANT}\n`],
  ])("tenant rejects %s", (_name, issuer) => {
    expect(accepts("tenant", issuer)).toBe(false);
  });

  it.each<[string, unknown, string]>([
    ["project", "project", "3 issuers are allowed"],
    ["tenant", "tenant", "a pattern can match more than one issuer"],
    ["a list", [AGENTIC, OTHER_SERVER], "2 issuers are allowed"],
    ["a project-wide issuer", [PROJECT], "is shared by every application of the Descope project"],
    ["the project id", ["P2abc"], "is shared by every application of the Descope project"],
  ])("%s requires an audience", (_name, issuers, reason) => {
    const faults = gatewayFaults({ descope: { ...IDS, issuers } });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain('descope: needs "audience", because ');
    expect(faults[0]).toContain(reason);
  });

  it("accepts a single exact issuer of another form", () => {
    expect(gatewayFaults({ descope: { ...IDS, issuers: [OTHER_SERVER] } })).toEqual([]);
  });

  it("publishes the MCP Server's issuer as metadata, or the first of a list", () => {
    expect(descopeIssuer(shorthand({ issuers: "tenant", audience: AUDIENCE }))).toBe(AGENTIC);
    expect(descopeIssuer(shorthand({ issuers: [OTHER_SERVER, AGENTIC], audience: AUDIENCE }))).toBe(
      OTHER_SERVER,
    );
  });
});

describe("the descope block accepts", () => {
  it.each<[string, Record<string, unknown>]>([
    ["ids with all their characters", { project_id: "Pz_-09AZ", mcp_server_id: "az09_-AZ" }],
    ["ids of 128 characters", { project_id: `P-${"a".repeat(126)}`, mcp_server_id: "a".repeat(128) }],
    ["a project id with the letters of another inside", { project_id: "PMS2abc" }],
    ["ids of one character", { project_id: "a", mcp_server_id: "b" }],
    ["a project id with a dash after two letters", { project_id: "MS-abc" }],
    ["a server id with a dash where a project id has none", { mcp_server_id: `P${"a".repeat(19)}-` }],
    ["a project id of two letters", { project_id: "MS" }],
    ["a server id that only starts like a project id", { mcp_server_id: `P${"a".repeat(19)}` }],
    ["a server id with a project id inside", { mcp_server_id: `MSP${"a".repeat(27)}` }],
    ["an audience in a list", { audience: [AUDIENCE] }],
    ["base_url alone", { base_url: "https://auth.example.com" }],
  ])("%s", (_name, changes) => {
    expect(gatewayFaults({ descope: { ...IDS, ...changes } })).toEqual([]);
  });
});

describe("the descope block rejects", () => {
  it.each<[string, Record<string, unknown>, string]>([
    ["no project id", { project_id: undefined }, "descope.project_id: required, but missing."],
    [
      "an id of 129 characters",
      { mcp_server_id: "a".repeat(129) },
      'descope.mcp_server_id: expected a Descope MCP Server id such as "MS2abc…" (its Settings page), got ',
    ],
    ["an empty id", { project_id: "" }, "(Project Settings), got an empty string."],
    ["an id with a line break", { project_id: "P2abc\n" }, "(Project Settings), got "],
    ["an id with a space before it", { project_id: " P2abc" }, "(Project Settings), got "],
    [
      "an id of a resource server for a project id",
      { project_id: "RS2abc" },
      'descope.project_id: expected a Descope project id such as "P2abc…" (Project Settings), but "RS2abc" looks like an MCP Server id.',
    ],
    [
      "a shortest project id for an MCP Server id",
      { mcp_server_id: `P${"a".repeat(20)}` },
      "looks like a project id.",
    ],
    [
      "an audience with a line break",
      { audience: "a\nb" },
      "descope.audience: expected the gateway's URL, without control characters",
    ],
    [
      "an audience with a line break in a list",
      { audience: ["a", "b\n"] },
      "descope.audience[1]: expected an audience, without control characters",
    ],
    ["plain http", { base_url: "http://auth.example.com" }, "descope.base_url: expected https"],
    [
      "ids alone, as null",
      { project_id: null },
      "descope.project_id: expected a Descope project id, got null.",
    ],
    ["no MCP Server id", { mcp_server_id: undefined }, "descope.mcp_server_id: required, but missing."],
    [
      "a project id with a slash",
      { project_id: "P2/abc" },
      'descope.project_id: expected a Descope project id such as "P2abc…" (Project Settings), got "P2/abc".',
    ],
    [
      "an MCP Server id for a project id",
      { project_id: "MS2abc" },
      'but "MS2abc" looks like an MCP Server id.',
    ],
    [
      "a project id for an MCP Server id",
      { mcp_server_id: "P2abcDEFghiJKLmnoPQRstu" },
      "looks like a project id.",
    ],
    ["a placeholder", { project_id: "<project id>" }, "descope.project_id: expected a Descope project id"],
    [
      "an id of another type",
      { project_id: 5 },
      "descope.project_id: expected a Descope project id, got the number 5.",
    ],
    [
      "an unknown region",
      { region: "euc2" },
      'descope.region: expected "us", "euc1", "aps2" or "cac1", got "euc2". Did you mean "euc1"?',
    ],
    [
      "region and base_url",
      { region: "euc1", base_url: "https://auth.example.com" },
      'descope: "region" and "base_url" both name the Descope host. Remove one.',
    ],
    [
      "a base_url with a slash",
      { base_url: "https://auth.example.com/" },
      'Write "https://auth.example.com".',
    ],
    [
      "an unknown preset",
      { issuers: "all" },
      'descope.issuers: expected "agentic", "project" or "tenant", or a list of issuer URLs, got "all".',
    ],
    [
      "a preset in a list",
      { issuers: ["project"], audience: "a" },
      'descope.issuers[0]: a preset cannot be part of a list: write "issuers": "project", or list issuer URLs.',
    ],
    ["an empty list", { issuers: [] }, "descope.issuers: expected at least one of issuer URLs"],
    [
      "a placeholder in a list",
      { issuers: ["https://x/<id>"] },
      "descope.issuers[0]: expected an issuer such as",
    ],
    [
      "an empty audience",
      { audience: "" },
      "descope.audience: expected the gateway's URL, without control characters, got an empty string.",
    ],
    ["no audience in a list", { audience: [] }, "descope.audience: expected at least one of audiences"],
    [
      "an audience of another type",
      { audience: 5 },
      "descope.audience: expected the gateway's URL or a list of audiences, got the number 5.",
    ],
    ["an unknown key", { projectId: "P2abc" }, 'descope.projectId: unknown key. Did you mean "project_id"?'],
  ])("%s", (_name, changes, message) => {
    const faults = gatewayFaults({ descope: { ...IDS, ...changes } });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(message);
  });
});
