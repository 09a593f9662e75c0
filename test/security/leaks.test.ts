// Tokens and secrets in anything that the gateway writes: all lines of all functions in a run with every kind of response and error,
// searched for each secret that was in play, whole and in its telling parts.

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayStand, startStand } from "../support/gateway-stand.ts";
import { closedPort } from "../support/loopback-server.ts";
import { PING, sendMcp, toolCall } from "../support/mcp-request.ts";
import { rawRequest, valuesOf } from "../support/raw-http.ts";
import { forgeToken } from "../support/tokens.ts";

const API_KEY = "downstream-api-key-9f8e7d6c";
const STATIC = "static-header-value-5b4a3c2d";
const CLAIM = "claim-value-of-alice-1a2b3c4d";
const ARGUMENT = "argument-of-the-call-7e6f5a4b";
const OWN_SESSION = "servers-own-session-id-3c2b1a";

const lines: string[] = [];
const secrets = new Map<string, string>();
const responses: string[] = [];
let stand: GatewayStand;

beforeAll(async () => {
  const gone = `http://127.0.0.1:${await closedPort()}/mcp`;
  const claims = { method: "claims_header", include_claims: ["sub", "email"] };
  stand = await startStand(
    ({ jwtValidation }) => ({
      servers: {
        tools: {
          user_identity_forwarding: claims,
          headers: { "X-Api-Key": "{{ssm:/key}}", "X-Static": STATIC },
        },
        signed: { user_identity_forwarding: { method: "jwt_header", include_claims: ["email"] } },
        passing: { user_identity_forwarding: { method: "bearer", allow_token_passthrough: true } },
        gone: { url: gone, headers: { "X-Api-Key": "{{ssm:/key}}" } },
        missing: { headers: { "X-Api-Key": "{{ssm:/not-there}}" } },
        broken: { headers: { "X-Api-Key": "{{ssm:/broken}}" } },
        ruled: { tool_authorization: { admin: { required_claims: { email: { values: "x" } } } } },
        strict: { jwt_validation: { ...jwtValidation, requiredClaims: ["department"] } },
      },
    }),
    { onLogLine: (name, line) => lines.push(`${name} ${line}`) },
  );
  stand.gateway.parameters.put("/key", API_KEY, "SecureString");
  stand.gateway.parameters.put("/broken", `${API_KEY}\r\nX: 1`, "SecureString");
});
afterAll(() => stand?.close());

/** A token, and its signature by itself, under watch. */
async function watched(name: string, claims: Record<string, unknown> = {}): Promise<string> {
  const token = await stand.issuer.token({ email: CLAIM, ...claims });
  secrets.set(name, token);
  secrets.set(`${name}: its signature`, token.split(".")[2] as string);
  secrets.set(`${name}: its payload`, token.split(".")[1] as string);
  return token;
}

async function send(server: string, request: Parameters<typeof sendMcp>[1]) {
  const response = await sendMcp(stand.endpoint(server), request).catch(() => undefined);
  if (response !== undefined) responses.push(JSON.stringify(response));
  return response;
}

describe("all output of a run (class of bug: LiteLLM's incident of March 2026, request headers in logs and traces)", () => {
  it("contains no token, secret, claim value, argument or upstream session id", async () => {
    const good = await watched("a good token");
    const expired = await watched("an expired token", { exp: Math.floor(Date.now() / 1000) - 60 });
    const alien = await watched("a token of another issuer", { iss: "https://evil.example.com" });
    const huge = await watched("a token of too many claims", { sub: "U2huge", email: CLAIM.repeat(150) });
    const forged = forgeToken(
      { alg: "RS256", kid: stand.issuer.key.kid },
      { sub: CLAIM },
      "c2lnbmF0dXJlLW9mLW5vYm9keQ",
    );
    const call = { ...toolCall("add"), params: { name: "add", arguments: { password: ARGUMENT } } };
    for (const [name, value] of Object.entries({ API_KEY, STATIC, CLAIM, ARGUMENT, OWN_SESSION }))
      secrets.set(name, value);
    secrets.set("a forged token", forged);

    stand.recorder.respondWith((response) => {
      response.setHeader("Mcp-Session-Id", OWN_SESSION);
      response.setHeader("Set-Cookie", `c=${API_KEY}`);
      response
        .writeHead(200, { "content-type": "application/json" })
        .end('{"jsonrpc":"2.0","id":1,"result":{}}');
    });
    const first = await send("tools", { token: good, body: call });
    expect(first?.status).toBe(200);
    const session = valuesOf(first as never, "mcp-session-id")[0] ?? "";
    secrets.set("a session id", session);
    await send("tools", { token: good, body: call, headers: ["Mcp-Session-Id", session] });
    await send("tools", { token: good, body: call, headers: ["Mcp-Session-Id", `${session}x`] });
    for (const server of ["signed", "passing", "gone", "missing", "broken", "ruled", "strict", "nowhere"]) {
      for (const token of [good, huge]) await send(server, { token, body: call });
    }
    for (const token of [expired, alien, forged, `${good}x`, `${good}.${good}`])
      await send("tools", { token });
    await send("tools", {
      headers: ["Authorization", `Basic ${Buffer.from(`user:${API_KEY}`).toString("base64")}`],
    });
    await send("tools", {
      headers: ["Authorization", `Bearer ${good}`, "Authorization", `Bearer ${expired}`],
    });
    await send("tools", { token: good, body: `{"jsonrpc":"2.0","id":1,"method":"${ARGUMENT}` });
    await send("tools", { token: good, headers: ["Cookie", `c=${API_KEY}`, "X-User-Claims", CLAIM] });
    await send("tools", { token: good, method: "PUT", body: PING });
    await send("tools", { token: good, headers: ["Mcp-Name", ARGUMENT], body: call });

    stand.recorder.respondWith((response) =>
      response.writeHead(401, { "www-authenticate": API_KEY }).end(API_KEY),
    );
    await send("tools", { token: good, body: call });
    stand.recorder.respondWith((response) =>
      response.writeHead(302, { location: `https://x.example/?k=${API_KEY}` }).end(),
    );
    await send("tools", { token: good, body: call });
    stand.recorder.respondWith((response) => response.socket?.end(`HTTP/1.1 banana ${API_KEY}\r\n\r\n`));
    await send("tools", { token: good, body: call });
    stand.recorder.respondWith((response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).write(`data: ${ARGUMENT}\n\n`);
      response.socket?.destroySoon();
    });
    await send("tools", { token: good, body: call });
    await rawRequest(`${stand.url}/tools/mcp?access_token=${good}`, { method: "POST" }).catch(
      () => undefined,
    );
    await rawRequest(`${stand.url}/.well-known/jwks.json`).then(({ body }) => responses.push(body));
    while (!lines.some((line) => line.includes('"broken":true'))) await sleep(20);

    expect(lines.length).toBeGreaterThan(25);
    const output = lines.join("\n");
    const found = [...secrets].filter(([, secret]) => output.includes(secret)).map(([name]) => name);
    expect(found).toEqual([]);
    expect(output).not.toMatch(/eyJ[\w-]+\.[\w-]+\.[\w-]+/);
    expect(output).not.toMatch(/BEGIN [A-Z ]*PRIVATE KEY|"d":"[\w-]{20,}"/);
  });

  it("no response contains what only servers and the gateway share", () => {
    const told = responses.join("\n");
    for (const secret of [API_KEY, STATIC, OWN_SESSION]) expect(told).not.toContain(secret);
  });

  it("every denial of the proxy has its reason in one audit line", () => {
    const audit = lines.flatMap((line) =>
      line.includes('"message":"request"') ? [JSON.parse(line.slice(line.indexOf("{")))] : [],
    );
    const denied = audit.filter(({ decision }) => decision !== "allow");
    expect(denied.length).toBeGreaterThan(10);
    for (const { reason, status, request_id: id } of denied) {
      expect(reason).toMatch(/^[a-z_]+$/);
      expect(status).toBeGreaterThanOrEqual(200);
      expect(audit.filter(({ request_id: other }) => other === id)).toHaveLength(1);
    }
  });
});
