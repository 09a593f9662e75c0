// Requests that each example rejects if it is called directly. Every JWT is valid except for the difference in its row.
import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import {
  type ExampleProgram,
  exampleEnd,
  freePort,
  LANGUAGES,
  type Language,
  startExample,
} from "./example-programs.ts";
import { changed, type IdentityIssuer, startIdentityIssuer } from "./identity-issuer.ts";

const AUDIENCE = "https://example.com/mcp";
const SECRET = "the-secret";
const CLAIMS = JSON.stringify({ sub: "U2alice" });

let issuer: IdentityIssuer;
const running = new Map<string, ExampleProgram>();

beforeAll(async () => {
  issuer = await startIdentityIssuer();
  const jwt = { GATEWAY_URL: issuer.url, AUDIENCE };
  const claims = { IDENTITY_METHOD: "claims_header", GATEWAY_SECRET: SECRET };
  await Promise.all(
    LANGUAGES.flatMap((language) => [start(`${language}-jwt`, jwt), start(`${language}-claims`, claims)]),
  );
  async function start(name: string, environment: Record<string, string>): Promise<void> {
    const language = name.split("-")[0] as Language;
    running.set(name, await startExample(language, { ...environment, PORT: await freePort() }));
  }
});
afterAll(async () => {
  await Promise.all([...running.values()].map((program) => program.close()));
  await issuer?.close();
});

const FORGED: readonly [what: string, make: () => Promise<string>][] = [
  ["an empty one", async () => ""],
  ["text that is not a JWT", async () => "admin"],
  ["one for another audience", () => issuer.sign("https://other.example.com/mcp")],
  ["one for a longer audience", () => issuer.sign(`${AUDIENCE}/admin`)],
  ["an expired one", () => issuer.sign(AUDIENCE, 3600)],
  ["one of another issuer", () => forged({ claims: { iss: "https://gateway.example.com" } })],
  ["one without an issuer", () => forged({ claims: { iss: undefined } })],
  ["one without an audience", () => forged({ claims: { aud: undefined } })],
  ["one without an expiry", () => forged({ claims: { exp: undefined } })],
  ["one that is not valid yet", () => forged({ claims: { nbf: inSeconds(3600) } })],
  ["one without a subject", () => forged({ claims: { sub: undefined } })],
  ["one signed by another key", () => forged({ strangersKey: true })],
  ["one of an unknown key", () => forged({ header: { kid: "unknown" } })],
  ["one with another algorithm in its header", () => forged({ header: { alg: "ES384" } })],
  [
    "one with changed claims",
    async () => withParts(await issuer.sign(AUDIENCE), { payload: { sub: "U2bob" } }),
  ],
  ["one without its signature", async () => (await issuer.sign(AUDIENCE)).replace(/[^.]*$/, "")],
  ["one with RS256 and a published key", () => issuer.signByRsa(AUDIENCE)],
  ["one with the algorithm none", async () => unsigned("none")],
  ["one with the algorithm None", async () => unsigned("None")],
  ["one by HMAC with the public key as its secret", hmacSigned],
];

describe.each(LANGUAGES)("the %s example", (language) => {
  test("accepts a JWT of the gateway", async () => {
    expect(await status(`${language}-jwt`, { "X-User-JWT": await issuer.sign(AUDIENCE) })).toBe(200);
    expect(await status(`${language}-jwt`, { "x-user-jwt": await forged({}) })).toBe(200);
  });

  test.each(FORGED)("rejects as a JWT: %s", async (_what, make) => {
    expect(await status(`${language}-jwt`, { "X-User-JWT": await make() })).toBe(401);
  });

  test("rejects an identity in any other header", async () => {
    const jwt = await issuer.sign(AUDIENCE);
    const others: Record<string, string>[] = [
      {},
      { Authorization: `Bearer ${jwt}` },
      { "X-User-Claims": CLAIMS },
      { X_User_JWT: jwt },
    ];
    for (const headers of others) expect(await status(`${language}-jwt`, headers)).toBe(401);
  });

  test("accepts claims together with the secret", async () => {
    const headers = { "X-User-Claims": CLAIMS, "X-Gateway-Secret": SECRET };
    expect(await status(`${language}-claims`, headers)).toBe(200);
  });

  test.each([
    ["no secret", { "X-User-Claims": CLAIMS }],
    ["an empty secret", { "X-User-Claims": CLAIMS, "X-Gateway-Secret": "" }],
    ["a wrong secret", { "X-User-Claims": CLAIMS, "X-Gateway-Secret": "The-secret" }],
    ["the start of the secret", { "X-User-Claims": CLAIMS, "X-Gateway-Secret": "the-secre" }],
    ["no claims", { "X-Gateway-Secret": SECRET }],
    ["claims that are not JSON", { "X-User-Claims": "sub=U2alice", "X-Gateway-Secret": SECRET }],
    ["claims that are not an object", { "X-User-Claims": "null", "X-Gateway-Secret": SECRET }],
    ["claims in a list", { "X-User-Claims": `[${CLAIMS}]`, "X-Gateway-Secret": SECRET }],
    ["claims without a subject", { "X-User-Claims": `{"name":"x"}`, "X-Gateway-Secret": SECRET }],
  ])("rejects claims: %s", async (_what, headers) => {
    expect(await status(`${language}-claims`, headers as Record<string, string>)).toBe(401);
  });

  test.each([
    ["AUDIENCE", { GATEWAY_URL: "https://gateway.example.com", PORT: "0" }],
    ["AUDIENCE", { GATEWAY_URL: "https://gateway.example.com", AUDIENCE: "", PORT: "0" }],
    ["GATEWAY_URL", { AUDIENCE, PORT: "0" }],
    ["GATEWAY_SECRET", { IDENTITY_METHOD: "claims_header", PORT: "0" }],
    ["GATEWAY_SECRET", { IDENTITY_METHOD: "claims_header", GATEWAY_SECRET: "", PORT: "0" }],
  ])("does not start without %s", async (name, environment) => {
    const end = await exampleEnd(language, environment as Record<string, string>);
    expect(end.status).not.toBe(0);
    expect(end.output).toContain(`Set ${name}.`);
  });
});

// Last, because it removes the first key. Libraries wait up to 30 seconds between two fetches of the keys.
describe("after a replacement of the gateway's key", () => {
  test.each(LANGUAGES)("the %s example accepts the new key without a restart", async (language) => {
    issuer.rotate();
    const jwt = await issuer.sign(AUDIENCE);
    const accepted = async () => expect(await status(`${language}-jwt`, { "X-User-JWT": jwt })).toBe(200);
    await vi.waitFor(accepted, { timeout: 50_000, interval: 500 });
  });
});

function forged(changes: Parameters<IdentityIssuer["forge"]>[1]): Promise<string> {
  return issuer.forge(AUDIENCE, changes);
}

function withParts(
  jwt: string,
  { header = {}, payload = {} }: { header?: Record<string, unknown>; payload?: Record<string, unknown> },
): string {
  const [head = "", body = "", signature = ""] = jwt.split(".");
  return `${changed(head, header)}.${changed(body, payload)}.${signature}`;
}

async function unsigned(alg: string): Promise<string> {
  return withParts(await issuer.sign(AUDIENCE), { header: { alg } }).replace(/[^.]*$/, "");
}

async function hmacSigned(): Promise<string> {
  const input = withParts(await issuer.sign(AUDIENCE), { header: { alg: "HS256" } }).replace(/\.[^.]*$/, "");
  const secret = JSON.stringify(await issuer.publishedKey());
  return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
}

function inSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}

async function status(server: string, headers: Record<string, string>): Promise<number> {
  const response = await fetch((running.get(server) as ExampleProgram).url, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json, text/event-stream",
      "MCP-Protocol-Version": "2025-11-25",
      ...headers,
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: "who_am_i", arguments: {} },
    }),
  });
  await response.body?.cancel();
  return response.status;
}
