// The identity at the upstream: exactly the user whose token was verified, whatever else the client sends, on any
// connection. Checked by the bytes that arrive there.
import { Agent } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { createLocalJWKSet, decodeJwt, jwtVerify } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { FORGED_HEADERS } from "../support/forged-headers.ts";
import { type GatewayStand, startStand } from "../support/gateway-stand.ts";
import { jsonOf, PING, sendMcp } from "../support/mcp-request.ts";
import {
  emptyResult,
  type RecordedRequest,
  recordedNames,
  recordedValues,
} from "../support/recorder-server.ts";
import { openMcp } from "../support/streamed-response.ts";

let stand: GatewayStand;
let token: string;

const ALICE = { sub: "U2alice", email: "alice@example.com", tenants: { T2a: { roles: ["admin"] } } };
const ALICE_HEADER = '{"sub":"U2alice","email":"alice@example.com","tenants":{"T2a":{"roles":["admin"]}}}';

beforeAll(async () => {
  const claims = { method: "claims_header", include_claims: ["sub", "email", "tenants", "note"] };
  stand = await startStand({
    servers: {
      tools: {
        user_identity_forwarding: claims,
        headers: { "X-Static": "from the configuration" },
        forward_headers: ["X-Request-Id", { from: "X-Alias", to: "X_Inner_Identity" }],
      },
      inner: { user_identity_forwarding: { ...claims, header_name: "X-Inner-Identity" } },
      plain: { forward_headers: ["X-Inner-Identity"] },
      signed: {
        user_identity_forwarding: { method: "jwt_header", include_claims: ["sub", "tenants", "exp", "iss"] },
      },
      passing: { user_identity_forwarding: { method: "bearer", allow_token_passthrough: true } },
    },
  });
  token = await stand.issuer.token(ALICE);
});
afterAll(() => stand?.close());
beforeEach(() => stand.recorder.reset());

const lastRequest = () => stand.recorder.requests.at(-1) as RecordedRequest;
const arrivedNames = () =>
  recordedNames(lastRequest())
    .map((name) => name.toLowerCase())
    .sort();

const OWN_HEADERS = [
  "accept",
  "accept-encoding",
  "connection",
  "content-length",
  "content-type",
  "host",
  "traceparent",
  "user-agent",
];

describe("a forged identity header of a client", () => {
  it("has at least 60 test cases", () => expect(FORGED_HEADERS.length).toBeGreaterThanOrEqual(60));

  it.each(FORGED_HEADERS)("does not reach the upstream: %s", async (_name, headers) => {
    await sendMcp(stand.endpoint("tools"), { token, headers });
    expect(recordedValues(lastRequest(), "x-user-claims")).toEqual([ALICE_HEADER]);
    expect(arrivedNames()).toEqual([...OWN_HEADERS, "x-static", "x-user-claims"]);

    await sendMcp(stand.endpoint("plain"), { token, headers });
    expect(arrivedNames()).toEqual(OWN_HEADERS);
    expect(stand.recorder.requests).toHaveLength(2);
    expect(JSON.stringify(stand.recorder.requests.map(({ rawHeaders }) => rawHeaders))).not.toMatch(
      /forged/i,
    );
  });

  it.each([
    ["a space before the colon", "X-User-Claims : forged"],
    ["a folded line", "X-Request-Id: 1\r\n X-User-Claims: forged"],
    ["a bare line feed", "X-Request-Id: 1\nX-User-Claims: forged"],
    ["a bare carriage return", "X-Request-Id: 1\rX-User-Claims: forged"],
    ["a NUL", "X-Request-Id: 1\0\r\nX-User-Claims: forged"],
  ])("never adds a header by %s", async (_name, line) => {
    const { host } = new URL(stand.url);
    const body = JSON.stringify(PING);
    const socket = connect(Number(host.split(":")[1]), "127.0.0.1");
    socket.end(
      `POST /tools/mcp HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\n${line}\r\nConnection: close\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await text(socket).catch(() => "");
    for (const request of stand.recorder.requests) {
      expect(recordedValues(request, "x-user-claims")).toEqual([ALICE_HEADER]);
    }
  });

  it("passes if the configuration forwards it, but is not used as identity", async () => {
    await sendMcp(stand.endpoint("tools"), {
      token,
      headers: ["x-request-id", "r-1", "traceparent", "00-1-2-01"],
    });
    expect(recordedValues(lastRequest(), "x-request-id")).toEqual(["r-1"]);
    expect(recordedValues(lastRequest(), "traceparent")).toEqual(["00-1-2-01"]);
    expect(recordedValues(lastRequest(), "x-static")).toEqual(["from the configuration"]);
  });
});

describe("the forwarded identity", () => {
  it("is one ASCII header for any claims", async () => {
    const note = 'a"b\\c\r\nX-Admin: yes\0\u2028李😀ÿ';
    await sendMcp(stand.endpoint("tools"), { token: await stand.issuer.token({ note }) });
    const [value = "", ...others] = recordedValues(lastRequest(), "x-user-claims");
    expect(others).toEqual([]);
    expect(value).toBe(
      '{"sub":"U2alice","note":"a\\"b\\\\c\\r\\nX-Admin: yes\\u0000\\u2028\\u674e\\ud83d\\ude00\\u00ff"}',
    );
    expect(recordedValues(lastRequest(), "x-admin")).toEqual([]);
  });

  it("uses the header name of the server's block", async () => {
    await sendMcp(stand.endpoint("inner"), { token, headers: ["X-Inner-Identity", "forged"] });
    expect(recordedValues(lastRequest(), "x-inner-identity")).toEqual([ALICE_HEADER]);
    expect(recordedValues(lastRequest(), "x-user-claims")).toEqual([]);
  });

  it("is the caller's token only with passthrough", async () => {
    await sendMcp(stand.endpoint("passing"), { token });
    expect(recordedValues(lastRequest(), "authorization")).toEqual([`Bearer ${token}`]);
    await sendMcp(stand.endpoint("plain"), { token });
    expect(recordedValues(lastRequest(), "authorization")).toEqual([]);
  });

  it("causes a denial with its size if it is too large, and nothing is sent", async () => {
    const response = await sendMcp(stand.endpoint("tools"), {
      token: await stand.issuer.token({ note: "李".repeat(1400) }),
    });
    expect([response.status, JSON.parse(response.body).error.data.reason]).toEqual([
      403,
      "identity_too_large",
    ]);
    expect(JSON.parse(response.body).error.message).toMatch(/has 8\d{3} bytes.*largest claims are note/);
    expect(stand.recorder.requests).toEqual([]);
  });
});

describe("the signed identity", () => {
  const openDocument = async (path: string) =>
    jsonOf(await sendMcp(`${stand.url}/.well-known/${path}`, { method: "GET", body: null }));

  async function signedFor(caller: string): Promise<string> {
    await sendMcp(stand.endpoint("signed"), { token: caller, headers: ["X-User-JWT", "forged"] });
    const [jwt = "", ...others] = recordedValues(lastRequest(), "x-user-jwt");
    expect(others).toEqual([]);
    return jwt;
  }

  it("verifies with the published keys, for this server only, and until the user's token expires", async () => {
    const exp = Math.floor(Date.now() / 1000) + 90;
    const jwt = await signedFor(await stand.issuer.token({ ...ALICE, exp }));
    const keys = createLocalJWKSet(await openDocument("jwks.json"));
    const { payload, protectedHeader } = await jwtVerify(jwt, keys, {
      issuer: stand.url,
      audience: stand.recorder.url,
    });
    expect(protectedHeader).toEqual({ alg: "ES256", typ: "JWT", kid: expect.stringMatching(/^[\w-]{43}$/) });
    expect(payload).toMatchObject({ sub: "U2alice", tenants: ALICE.tenants, exp, jti: expect.any(String) });
    await expect(jwtVerify(jwt, keys, { audience: "https://other.example.com" })).rejects.toThrow(/"aud"/);
    expect(await openDocument("openid-configuration")).toMatchObject({
      issuer: stand.url,
      jwks_uri: `${stand.url}/.well-known/jwks.json`,
    });
  });

  it("is signed once for many requests of a user, and again for one whose claims differ inside an object", async () => {
    const [first, second] = await Promise.all(
      ["T2a", "T2b"].map((tenant) => stand.issuer.token({ tenants: { [tenant]: { roles: ["x"] } } })),
    );
    const tenantsOf = (jwt: string) => Object.keys(decodeJwt(jwt)["tenants"] as object);
    const jwts = new Set<string>();
    for (let at = 0; at < 30; at++) {
      const jwt = await signedFor((at % 2 === 0 ? first : second) ?? "");
      expect(tenantsOf(jwt)).toEqual([at % 2 === 0 ? "T2a" : "T2b"]);
      jwts.add(jwt);
    }
    // One for each user in each process of the proxy.
    expect(jwts.size).toBeLessThan(10);
  });

  it("needs one or two signatures for 200 requests of a user to a server", async () => {
    const caller = await stand.issuer.token({ sub: "U2busy" });
    const signatures = () => stand.gateway.kms.requests.get("Sign") ?? 0;
    const before = signatures();
    for (let at = 0; at < 200; at++) await sendMcp(stand.endpoint("signed"), { token: caller });
    expect(stand.recorder.requests).toHaveLength(200);
    expect(signatures() - before).toBeGreaterThanOrEqual(1);
    // One in each process of the proxy that was used: two here, more where processes are slow to be free again.
    expect(signatures() - before).toBeLessThanOrEqual(Math.max(2, stand.processes("proxy").length));
  });
});

describe("two users", () => {
  const REQUESTS = 200;

  /** Tokens whose claims differ inside an object claim alone. */
  const tokens = () =>
    Promise.all(
      ["T2a", "T2b"].map((tenant) => stand.issuer.token({ tenants: { [tenant]: { roles: ["x"] } } })),
    );
  const headerOf = (at: number) =>
    `{"sub":"U2alice","tenants":{"${at % 2 === 0 ? "T2a" : "T2b"}":{"roles":["x"]}}}`;

  it(`never get each other's identity on one connection: ${REQUESTS} requests in turn`, async () => {
    const both = await tokens();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let at = 0; at < REQUESTS; at++) {
      const { message } = await openMcp(stand.endpoint("tools"), { token: both[at % 2], agent });
      await text(message);
    }
    agent.destroy();
    const arrived = stand.recorder.requests.map((request) => recordedValues(request, "x-user-claims")[0]);
    expect(arrived).toEqual(Array.from({ length: REQUESTS }, (_, at) => headerOf(at)));
    const byConnection = Map.groupBy(stand.recorder.requests, ({ connection }) => connection);
    const users = [...byConnection.values()].map(
      (requests) => new Set(requests.map((request) => recordedValues(request, "x-user-claims")[0])).size,
    );
    expect(users).toContain(2);
  });

  it("never get each other's identity at the same time", async () => {
    const both = await tokens();
    const bodies = Array.from({ length: 60 }, (_, at) => ({ ...PING, id: at }));
    await Promise.all(
      bodies.map((body, at) => sendMcp(stand.endpoint("tools"), { token: both[at % 2], body })),
    );
    const arrived = stand.recorder.requests.map((request) => [
      JSON.parse(request.body.toString("utf8")).id,
      recordedValues(request, "x-user-claims")[0],
    ]);
    arrived.sort(([a], [b]) => Number(a) - Number(b));
    expect(arrived).toEqual(bodies.map(({ id }) => [id, headerOf(id)]));
  });
});

describe("headers of the server's response", () => {
  it("reach the client by an allow list, cookies never", async () => {
    stand.recorder.respondWith((response, request) => {
      response.setHeader("Set-Cookie", ["a=1", "b=2"]);
      for (const name of [
        "X-Powered-By",
        "Server",
        "WWW-Authenticate",
        "X-User-Claims",
        "Location",
        "Access-Control-Allow-Origin",
      ]) {
        response.setHeader(name, "inner");
      }
      response.setHeader("Cache-Control", "no-store").setHeader("Retry-After", "7");
      emptyResult(response, request);
    });
    const response = await sendMcp(stand.endpoint("tools"), { token });
    const names = response.headers.map(([name]) => name.toLowerCase());
    expect(JSON.stringify(response.headers)).not.toContain("inner");
    expect(names).not.toContain("set-cookie");
    expect(names).toEqual(expect.arrayContaining(["content-type", "cache-control", "retry-after"]));
  });
});
