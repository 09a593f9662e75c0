// `npm run explain` as a command: sources of token and configuration, output, exit codes.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { Readable } from "node:stream";
import { beforeAll, describe, expect, it } from "vitest";
import { runExplain } from "../../cli/explain.ts";
import { configDirectory } from "../support/config-directory.ts";
import { parameterStoreDouble } from "../support/parameter-store-double.ts";
import { recordTerminal } from "../support/recorded-terminal.ts";
import { AUDIENCE, ISSUER, makeKey, signToken, type TestKey } from "../support/tokens.ts";

let key: TestKey;
let token: string;
let expired: string;
beforeAll(async () => {
  key = await makeKey("RS256", "SK2key");
  const now = Math.floor(Date.now() / 1000);
  token = await signToken(key, { iat: now - 10, exp: now + 3600, email: "alice@example.com" });
  expired = await signToken(key, { iat: now - 7200, exp: now - 3600 });
});

const gatewayFile = () => ({
  public_url: AUDIENCE,
  jwt_validation: { jwks: { keys: [key.publicJwk] }, claimValues: { iss: { values: ISSUER } } },
  user_identity_forwarding: { method: "claims_header" },
});
const SERVER = { url: "https://tools.example.com/mcp" };
const directory = (server: object = {}) =>
  configDirectory({ "gateway.json": gatewayFile(), "servers/tools.json": { ...SERVER, ...server } });
const explain = (args: string[], stdin = "") =>
  recordTerminal((terminal) => runExplain(args, terminal, Readable.from([stdin])));

describe("the token of npm run explain", () => {
  it.each<[string, (file: string) => [string[], string]]>([
    ["is read from an argument", () => [["--token", token], ""]],
    ["is read from a file", (file) => [["--token-file", file], ""]],
    ["is read from standard input", () => [[], `${token}\n`]],
    ["is accepted with Bearer in front of it", () => [[], `Bearer  ${token}\n`]],
  ])("%s", async (_name, args) => {
    const dir = configDirectory({
      "gateway.json": gatewayFile(),
      "servers/tools.json": SERVER,
      "token.txt": `${token}\n`,
    });
    const [more, stdin] = args(join(dir, "token.txt"));
    const { code, out } = await explain(["--server", "tools", "--config", dir, ...more], stdin);
    expect(code).toBe(0);
    expect(out).toContain(`
The token is allowed at tools.

  sub       U2alice
  tenant    none
  client    none
  scopes    none
  identity  X-User-Claims: {"sub":"U2alice","email":"alice@example.com"}
`);
  });
});

it("shows which credential the server would get, without fetching or printing it", async () => {
  const upstream_auth = {
    type: "descope_connection",
    app_id: "linear",
    base_url: "https://d.example",
    project_id: "P2abc",
  };
  const args = ["--server", "tools", "--config", directory({ upstream_auth }), "--token", token];
  const { out } = await explain(args);
  expect(out).toContain(
    "\n  credential  descope_connection: linear of the user, fetched with the caller's token at https://d.example/v1/mgmt/outbound/app/user/token/latest, in authorization\n",
  );
  const { out: json } = await explain([...args, "--json"]);
  expect(JSON.parse(json).credential).toMatch(/^descope_connection: linear/);
});

it("exits with 1 and prints the failed check and advice for a denied token", async () => {
  const { code, out } = await explain(["--server", "tools", "--config", directory(), "--token", expired]);
  expect(code).toBe(1);
  expect(out).toMatch(/\n {2}fail {2}exp {14}expected exp > now - 5 s; got \d+ \(20/);
  expect(out).toContain(`
The token is denied at tools: 401 token_expired.

What to do:
  Refresh the token or sign in again. Its lifetime is set in the Descope console, at the MCP Server's settings.
`);
});

it("marks unverified claims", async () => {
  const forged = `${token.slice(0, -8)}AAAAAAAA`;
  const { code, out } = await explain(["--server", "tools", "--config", directory(), "--token", forged]);
  expect(code).toBe(1);
  expect(out).toContain("\nThe claims above are not verified: the token's signature was not checked.\n");
});

it("denies the token at an unknown server", async () => {
  const { code, out } = await explain(["--server", "nope", "--config", directory(), "--token", token]);
  expect(code).toBe(1);
  expect(out).toContain("The token is denied at nope: 404 unknown_server.");
  expect(out).toContain('Unknown server "nope". Servers: tools.');
  expect(out).not.toContain("Every tool");
});

it("prints JSON with --json", async () => {
  const { code, out } = await explain([
    "--server",
    "tools",
    "--config",
    directory(),
    "--token",
    token,
    "--json",
  ]);
  expect(code).toBe(0);
  const report = JSON.parse(out);
  expect(Object.keys(report)).toEqual([
    "server",
    "status",
    "reason",
    "verified",
    "checks",
    "principal",
    "advice",
    "identity",
    "access",
    "rulesMode",
    "limits",
  ]);
  expect(report.checks[0]).toEqual({ check: "form", result: "pass", expected: "a JWT", actual: "a JWT" });
  expect(report.identity).toEqual({
    header: "X-User-Claims",
    value: '{"sub":"U2alice","email":"alice@example.com"}',
  });
});

it("never prints the token", async () => {
  const { out, err } = await explain([
    "--server",
    "tools",
    "--config",
    directory(),
    "--token",
    token,
    "--json",
  ]);
  expect(out + err).not.toContain(token.split(".")[2]);
});

describe("explain with the configuration in SSM", () => {
  const double = parameterStoreDouble();

  it("reads it with --prefix", async () => {
    double.parameters.put("/mcp-gateway/prod/gateway", JSON.stringify(gatewayFile()));
    double.parameters.put("/mcp-gateway/prod/servers/tools", JSON.stringify(SERVER));
    const { code } = await explain(["--server", "tools", "--prefix", "/mcp-gateway/prod", "--token", token]);
    expect(code).toBe(0);
  });
});

describe("a usage error of explain", () => {
  it.each<[string, string[], string]>([
    ["without a server", ["--token", "x"], "error: --server is missing\n"],
    ["without a token", ["--server", "tools"], "error: no token given\n"],
    [
      "with two tokens",
      ["--server", "tools", "--token", "x", "--token-file", "y"],
      "error: give either --token or --token-file\n",
    ],
    [
      "with two configurations",
      ["--server", "tools", "--token", "x", "--config", "a", "--prefix", "/b"],
      "error: give either --config, or --prefix or --local\n",
    ],
    ["with an unknown option", ["--sever", "tools"], "error: Unknown option '--sever'"],
  ])("exits with 2 and the usage text %s", async (_name, args, message) => {
    const { code, err } = await explain(args);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(err).toContain("To list the options: npm run explain -- --help\n");
  });

  it("exits with 2, without the usage text, for an invalid configuration", async () => {
    const dir = configDirectory({ "gateway.json": {}, "servers/tools.json": SERVER });
    const { code, err } = await explain(["--server", "tools", "--config", dir, "--token", token]);
    expect(code).toBe(2);
    expect(err).toMatch(
      /^error: the configuration is invalid:\n {2}servers\/tools: jwt_validation: no token rules/,
    );
    expect(err).not.toContain("To list the options");
  });

  it("prints the usage text with --help", async () => {
    const { code, out } = await explain(["--help"]);
    expect(code).toBe(0);
    expect(out).toContain(
      "Exit codes: 0 the token (and each named tool, prompt and resource) is allowed, 1 denied, 2 usage error or invalid configuration.",
    );
  });
});

it("reads standard input as a program", () => {
  const { status, stdout } = spawnSync(
    process.execPath,
    ["cli/explain.ts", "--server", "tools", "--config", directory()],
    { encoding: "utf8", input: token, env: { PATH: process.env["PATH"] } },
  );
  expect(status).toBe(0);
  expect(stdout).toContain("The token is allowed at tools.");
});

describe("explain with a malformed token", () => {
  const payloads: [string, string][] = [
    ["times that are objects", '{"exp":{"toString":1},"nbf":{"valueOf":{}},"iat":[{"toString":{}}]}'],
    ["a sub with toJSON", '{"sub":{"toJSON":"x"},"exp":1}'],
    [
      "claims of every type",
      '{"iss":null,"aud":[[[{}]]],"sub":0,"exp":"5","azp":{},"scope":7,"tenants":"x","dct":[]}',
    ],
    ["times that are not dates", '{"exp":1e400,"nbf":-1e300,"iat":9007199254740993}'],
    ["a claim called __proto__", '{"__proto__":{"toString":1},"constructor":1,"hasOwnProperty":2}'],
    ["deep nesting", `{"aud":${"[".repeat(2_000)}${"]".repeat(2_000)}}`],
    ["a list", "[1]"],
    ["a number", "7"],
    ["invalid JSON", "{"],
    ["control characters", '{"iss":"\\u001b[2J\\nok  forged\\u202e\\u0085\\u2028\\ud800","sub":"a\\nb"}'],
  ];
  const headers: [string, string][] = [
    ["", '{"alg":"RS256","kid":"SK2key"}'],
    [" and a header of objects", '{"alg":{"toString":1},"kid":{"toString":1},"crit":{}}'],
    [" and a header with control characters", '{"alg":"\\u001b[2J\\u202e","kid":"\\n  pass  forged"}'],
  ];
  const cases = payloads.flatMap(([name, payload]) =>
    headers.map(([more, header]) => [`${name}${more}`, payload, header] as const),
  );
  const part = (text: string) => Buffer.from(text).toString("base64url");

  it.each(cases)(
    "(%s) is explained without the usage text, in lines of the command's own",
    async (_name, payload, header) => {
      const forged = `${part(header)}.${part(payload)}.${part("signature")}`;
      const args = ["--server", "tools", "--config", directory(), "--token", forged];
      const { code, out, err } = await explain(args);
      expect([code, err]).toEqual([1, ""]);
      expect(out).toMatch(/The token is denied at tools: \d{3} \w+\./);
      expect(out).not.toMatch(/[^\P{C}\n]|[\p{Zl}\p{Zp}]/u);
      expect(out).not.toMatch(/^ *(?:ok|pass) +forged/m);
      const json = await explain([...args, "--json"]);
      expect([json.code, json.err]).toEqual([1, ""]);
      expect(json.out).not.toMatch(/[^\P{C}\n]|[\p{Zl}\p{Zp}]/u);
      expect(JSON.parse(json.out)).toMatchObject({ server: "tools" });
    },
  );
});

it("names the command that lists the options only for usage errors", async () => {
  const unknown = await explain(["--server", "tools", "--nonsense"]);
  expect([unknown.code, unknown.err.includes("To list the options")]).toEqual([2, true]);
  const dir = configDirectory({ "gateway.json": { descope: 1 }, "servers/tools.json": SERVER });
  const faulty = await explain(["--server", "tools", "--config", dir, "--token", token]);
  expect([faulty.code, faulty.err.includes("To list the options")]).toEqual([2, false]);
});

describe("explain with rules for tools", () => {
  const rules = {
    tool_authorization: { whoami: {}, "*": { required_claims: { plan: { values: "pro" } } } },
  };

  it("prints every rule and why it denies the caller, and exits with 0", async () => {
    const { code, out } = await explain([
      "--server",
      "tools",
      "--config",
      directory(rules),
      "--token",
      token,
    ]);
    expect(code).toBe(0);
    expect(out).toContain(`
Tools, prompts and resources:
  allow  tool      whoami      an empty rule
  deny   tool      *           claim plan: expected exact pro; actual absent
  allow  prompt    every name  no rules
  allow  resource  every name  no rules

What to do:
  tool *: Add "plan" in the Descope console as a custom claim of the MCP Server's tokens or in a JWT template, or remove it from the rule.
`);
  });

  it("checks only the named tools, and exits with 1 if one is denied", async () => {
    const args = ["--server", "tools", "--config", directory(rules), "--token", token];
    const denied = await explain([
      ...args,
      "--tool",
      "whoami",
      "--tool",
      "delete",
      "--prompt",
      "p",
      "--resource",
      "r:x",
    ]);
    expect(denied.code).toBe(1);
    expect(denied.out).toContain(`
  allow  tool      whoami  an empty rule
  deny   tool      delete  rule *, claim plan: expected exact pro; actual absent
  allow  prompt    p       no rules
  allow  resource  r:x     no rules
`);
    expect((await explain([...args, "--tool", "whoami"])).code).toBe(0);
  });

  it("says that rules are only logged, and then exits with 0", async () => {
    const dir = directory({ ...rules, tool_authorization_mode: "log_only" });
    const { code, out } = await explain([
      "--server",
      "tools",
      "--config",
      dir,
      "--token",
      token,
      "--tool",
      "delete",
    ]);
    expect(code).toBe(0);
    expect(out).toContain(
      'The rules are only logged ("log_only"): the gateway allows the calls shown as denied.',
    );
  });
});
