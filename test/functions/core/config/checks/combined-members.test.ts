import { describe, expect, it } from "vitest";
import {
  combinedMemberFaults,
  combinedMemberWarnings,
} from "../../../../../functions/core/config/checks/combined-members.ts";
import { configWarnings } from "../../../../../functions/core/config/checks/warnings.ts";
import { parseGatewayConfig } from "../../../../../functions/core/config/gateway-config.ts";
import { parseServerConfig } from "../../../../../functions/core/config/server-config.ts";
import { AGENTIC_ISSUER, jwtBlock, serverFile } from "../../../../support/config-blocks.ts";

const URL = "https://mcp.example.com";
const DESCOPE = { project_id: "P2abc", mcp_server_id: "MS2abc" };

function gateway(changes: Record<string, unknown> = {}) {
  const parsed = parseGatewayConfig(
    JSON.stringify({ public_url: URL, descope: DESCOPE, combined: { servers: "all" }, ...changes }),
  );
  if (!parsed.ok) throw new Error(parsed.faults[0]?.message);
  return parsed.config;
}

function server(changes: Record<string, unknown> = {}) {
  const parsed = parseServerConfig(JSON.stringify(serverFile(changes)));
  if (!parsed.ok) throw new Error(parsed.faults[0]?.message);
  return parsed.config;
}

const withAudience = (values: unknown, matchType = "contains", iss: unknown = AGENTIC_ISSUER) =>
  jwtBlock({ claimValues: { iss: { values: iss }, aud: { values, matchType } } });

describe("listed members of the combined endpoint", () => {
  const faults = (servers: unknown, files: string[]) =>
    combinedMemberFaults(gateway({ combined: { servers } }), new Set(files)).map(
      ({ path, message }) => `${path}: ${message}`,
    );

  it("are errors without a server file, with the name that was probably meant", () => {
    expect(faults(["notes", "gone"], ["notes"])).toEqual([
      'combined.servers[1]: there is no server "gone". Add servers/gone.json, or remove it here.',
    ]);
    expect(faults(["note", "/notes/mcp"], ["notes", "reports"])).toEqual([
      'combined.servers[0]: there is no server "note". Did you mean "notes"?',
      'combined.servers[1]: there is no server "/notes/mcp". Write the name of a file in servers/, without ".json".',
    ]);
  });

  it("cause a warning if they are disabled, unless all servers are members", () => {
    const warnings = (servers: unknown) =>
      combinedMemberWarnings("off", gateway({ combined: { servers } }), server({ enabled: false }));
    expect(warnings(["off"])).toEqual([
      { path: "enabled", message: "the server is disabled, so it is absent from the combined endpoint too." },
    ]);
    expect(warnings("all")).toEqual([]);
  });

  it("are not checked for all servers, or without combined", () => {
    expect(faults("all", [])).toEqual([]);
    expect(combinedMemberFaults(gateway({ combined: undefined }), new Set())).toEqual([]);
  });
});

describe("a member with its own token rules", () => {
  const warnings = (changes: Record<string, unknown>, gatewayChanges: Record<string, unknown> = {}) =>
    combinedMemberWarnings("tools", gateway(gatewayChanges), server(changes)).map(({ path }) => path);

  it("causes a warning that names the block if it denies tokens for the combined endpoint", () => {
    const changes = { jwt_validation: withAudience(`${URL}/tools/mcp`) };
    expect(combinedMemberWarnings("tools", gateway(), server(changes))).toEqual([
      {
        path: "jwt_validation",
        message: `denies tokens that clients get for "${URL}/mcp", so this server is always absent there. Accept their issuer and audience here, remove this block, or remove the server from "combined" in gateway.json.`,
      },
    ]);
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    ["the audience of the endpoint", { jwt_validation: withAudience(`${URL}/mcp`) }, []],
    ["the endpoint's as its only audience", { jwt_validation: withAudience(`${URL}/mcp`, "exact") }, []],
    ["both URLs as audiences", { jwt_validation: withAudience([`${URL}/mcp`, URL], "containsAll") }, []],
    ["no audience", { jwt_validation: jwtBlock() }, []],
    [
      "another issuer",
      { jwt_validation: withAudience(`${URL}/mcp`, "contains", "https://other.example.com") },
      ["jwt_validation"],
    ],
    ["the same MCP Server", { descope: { mcp_server_id: "MS2abc" } }, []],
    ["another MCP Server", { descope: { mcp_server_id: "MS2xyz" } }, ["descope"]],
    [
      "another MCP Server, and the endpoint's audience",
      { descope: { mcp_server_id: "MS2xyz", audience: `${URL}/mcp` } },
      [],
    ],
    ["no rules of its own", {}, []],
    ["rules that do not fit gateway.json", { jwt_validation: jwtBlock({ headerKey: "X-Token" }) }, []],
  ])("with %s", (_, changes, expected) => {
    expect(warnings(changes)).toEqual(expected);
  });

  it("may accept an audience that gateway.json names", () => {
    const changes = { jwt_validation: withAudience("urn:tools") };
    expect(warnings(changes)).toEqual(["jwt_validation"]);
    expect(warnings(changes, { descope: { ...DESCOPE, audience: "urn:tools" } })).toEqual([]);
    const rules = { descope: undefined, jwt_validation: withAudience(["urn:tools", "urn:other"]) };
    expect(warnings(changes, rules)).toEqual([]);
    const pattern = { descope: undefined, jwt_validation: withAudience("^urn:tools$", "regex") };
    expect(warnings(changes, pattern)).toEqual(["jwt_validation"]);
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["is disabled", { enabled: false }, { combined: { servers: "all" } }],
    ["is not listed", {}, { combined: { servers: ["other"] } }],
    ["belongs to a gateway without a combined endpoint", {}, { combined: undefined }],
    ["belongs to a gateway without public_url", {}, { public_url: undefined }],
    [
      "belongs to a gateway with several issuers",
      {},
      {
        descope: undefined,
        jwt_validation: jwtBlock({
          claimValues: {
            iss: { values: ["https://a.example.com", "https://b.example.com"], matchType: "contains" },
            aud: { values: URL, matchType: "contains" },
          },
        }),
      },
    ],
  ])("causes no warning if it %s", (_, changes, gatewayChanges) => {
    const block = { jwt_validation: withAudience(`${URL}/tools/mcp`) };
    expect(warnings({ ...block, ...changes }, gatewayChanges)).toEqual([]);
  });
});

describe("names at the combined endpoint", () => {
  const lengthOf = (name: string, separator?: string) =>
    combinedMemberWarnings(name, gateway({ combined: { servers: [name], separator } }), server());

  it("cause a warning if the server's name leaves too little room for a tool's", () => {
    expect(lengthOf("a".repeat(31))).toEqual([
      {
        path: "",
        message:
          "the combined endpoint puts 33 characters before the names of this server's tools, and many clients allow 64 in all. Give the server a shorter name.",
      },
    ]);
  });

  it("cause no warning if there is room, or no prefix", () => {
    expect(lengthOf("a".repeat(30))).toEqual([]);
    expect(lengthOf("a".repeat(31), "_")).toEqual([]);
    expect(lengthOf("a".repeat(60), "")).toEqual([]);
  });

  it("cause a warning if the separator contains a full stop", () => {
    const warnings = (separator: string) =>
      configWarnings(gateway({ combined: { servers: "all", separator } }));
    expect(warnings("_._")).toEqual([
      {
        path: "combined.separator",
        message:
          'contains ".", which many clients and model APIs do not allow in the names of tools. Use "__".',
      },
    ]);
    expect(warnings("__")).toEqual([]);
  });
});
