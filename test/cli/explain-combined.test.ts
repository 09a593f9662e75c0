// `npm run explain -- --server /mcp`: the members that a token may use, and names as clients see them at the combined endpoint.
import { Readable } from "node:stream";
import { beforeAll, describe, expect, it } from "vitest";
import { runExplain } from "../../cli/explain.ts";
import { configDirectory } from "../support/config-directory.ts";
import { recordTerminal } from "../support/recorded-terminal.ts";
import { AUDIENCE, ISSUER, makeKey, signToken, type TestKey } from "../support/tokens.ts";

let key: TestKey;
let token: string;
beforeAll(async () => {
  key = await makeKey("RS256", "SK2key");
  const now = Math.floor(Date.now() / 1000);
  token = await signToken(key, { iat: now - 10, exp: now + 3600 });
});

const SERVER = { url: "https://tools.example.com/mcp" };
const RULES = { tool_authorization: { "admin_*": { required_scopes: ["admin"] }, "*": {} } };
const block = (aud: string) => ({
  jwks: { keys: [key.publicJwk] },
  claimValues: { iss: { values: ISSUER }, aud: { values: aud, matchType: "contains" } },
});

const directory = (combined: object | undefined = { servers: "all" }) =>
  configDirectory({
    "gateway.json": { public_url: AUDIENCE, jwt_validation: block(AUDIENCE), combined },
    "servers/notes.json": { ...SERVER, ...RULES },
    "servers/other.json": { ...SERVER, jwt_validation: block("urn:other") },
    "servers/tenants.json": { ...SERVER, tenant_required: true },
    "servers/trial.json": { ...SERVER, ...RULES, tool_authorization_mode: "log_only" },
  });

const explain = (args: string[], dir = directory(), server = "/mcp") =>
  recordTerminal((terminal) =>
    runExplain(
      ["--server", server, "--config", dir, "--token", token, ...args],
      terminal,
      Readable.from([""]),
    ),
  );

describe("explain at the combined endpoint", () => {
  it("lists the members that the token may use, and why it may not use the others", async () => {
    const { code, out } = await explain([]);
    expect(code).toBe(0);
    expect(out).toContain(`
The token is allowed at /mcp.

  sub       U2alice
  tenant    none
  client    none
  scopes    none

Members, each with its own rules:
  allow  notes
  deny   other    audience_mismatch: its tools, prompts and resources are absent
  deny   tenants  tenant_required: its tools, prompts and resources are absent
  allow  trial
`);
    expect(out).not.toContain("identity");
    expect(out).not.toContain("no rules");
  });

  it("accepts the name mcp, and prints the members as JSON", async () => {
    const { out } = await explain(["--json"], directory(), "mcp");
    const { server, members } = JSON.parse(out);
    expect({ server, members }).toEqual({
      server: "/mcp",
      members: [
        { server: "notes", result: "allowed" },
        { server: "other", result: "denied", reason: "audience_mismatch" },
        { server: "tenants", result: "denied", reason: "tenant_required" },
        { server: "trial", result: "allowed" },
      ],
    });
  });

  it.each<[string, string, number, string]>([
    ["--tool", "notes__add", 0, "allow  tool      notes__add  rule *, member notes, an empty rule"],
    ["--tool", "notes__admin_x", 1, "member notes, scopes: missing admin"],
    ["--tool", "trial__admin_x", 0, "member trial, only logged: scopes: missing admin"],
    ["--tool", "other__add", 1, "member other: audience_mismatch"],
    ["--tool", "add", 1, "the name belongs to no member"],
    ["--prompt", "notes__daily", 0, "member notes, no rules"],
    ["--resource", "docs://notes/a", 0, "member notes, no rules"],
    ["--resource", "notes__a", 1, "the name belongs to no member"],
  ])("explains %s %s", async (option, name, code, line) => {
    const explained = await explain([option, name]);
    expect(explained.code).toBe(code);
    expect(explained.out).toContain(line);
  });

  it("reports that gateway.json has no combined", async () => {
    const { code, out } = await explain([], directory({ servers: ["notes"] }));
    expect([code, out]).toEqual([0, expect.stringContaining("allow  notes")]);
    const without = configDirectory({
      "gateway.json": { public_url: AUDIENCE, jwt_validation: block(AUDIENCE) },
      "servers/notes.json": SERVER,
    });
    const missing = await explain([], without);
    expect(missing.code).toBe(1);
    expect(missing.out).toContain(
      'There is no combined endpoint. Add "combined": {"servers": "all"} to gateway.json.',
    );
  });
});
