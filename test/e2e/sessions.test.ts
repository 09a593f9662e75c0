// Sessions of stateful servers: the client's id is sealed by the gateway, valid for one user at one server, and the server's id is
// never sent to clients.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type GatewayStand, startStand } from "../support/gateway-stand.ts";
import { jsonOf, PING, sendMcp } from "../support/mcp-request.ts";
import { valuesOf } from "../support/raw-http.ts";
import { emptyResult, recordedValues } from "../support/recorder-server.ts";

const SERVERS_OWN_ID = "3f0c-servers-own-id";
const OTHER_ISSUER = "https://other-issuer.example.com";
const INITIALIZE = { ...PING, method: "initialize", params: { protocolVersion: "2025-11-25" } };

let stand: GatewayStand;
let alice: string;
let bob: string;

beforeAll(async () => {
  stand = await startStand(({ jwtValidation, issuer }) => {
    const iss = { values: [issuer, OTHER_ISSUER], matchType: "contains" };
    const claimValues = { ...jwtValidation.claimValues, iss };
    return {
      gateway: { jwt_validation: { ...jwtValidation, claimValues } },
      servers: { tools: { get_stream: true }, other: { get_stream: true } },
    };
  });
  alice = await stand.issuer.token({ sub: "U2alice" });
  bob = await stand.issuer.token({ sub: "U2bob" });
});
afterAll(() => stand?.close());
beforeEach(() => {
  stand.recorder.reset();
  stand.recorder.respondWith((response, request) => {
    response.setHeader("Mcp-Session-Id", SERVERS_OWN_ID);
    emptyResult(response, request);
  });
});

/** Starts a session and returns only its id. */
async function session(token = alice, server = "tools"): Promise<string> {
  const response = await sendMcp(stand.endpoint(server), { token, body: INITIALIZE });
  stand.recorder.reset();
  return valuesOf(response, "mcp-session-id")[0] ?? "none";
}

const use = (id: string | readonly string[], token: string, server = "tools", method = "POST") =>
  sendMcp(stand.endpoint(server), {
    token,
    method,
    headers: [id].flat().flatMap((value) => ["Mcp-Session-Id", value]),
    body: method === "POST" ? PING : null,
  });

async function expectUnknown(response: ReturnType<typeof use>): Promise<void> {
  const { status, body } = await response;
  expect([status, JSON.parse(body).error]).toEqual([
    404,
    {
      code: 404,
      message:
        "The session id is unknown at this server, or belongs to another user. Start a new session with initialize.",
      data: { reason: "session_unknown", request_id: expect.any(String) },
    },
  ]);
  expect(stand.recorder.requests).toEqual([]);
}

describe("a session id", () => {
  it("hides the server's id, and stays the same during the session", async () => {
    const first = await sendMcp(stand.endpoint("tools"), { token: alice, body: INITIALIZE });
    const [id = ""] = valuesOf(first, "mcp-session-id");
    const next = await use(id, alice);
    expect(valuesOf(next, "mcp-session-id")).toEqual([id]);
    const decoded = Buffer.from(id, "base64url").toString("latin1");
    expect(`${id} ${decoded} ${JSON.stringify([first, next])}`).not.toContain(SERVERS_OWN_ID);
  });

  it.each(["POST", "GET", "DELETE"])("is accepted for its user: %s", async (method) => {
    const id = await session();
    expect((await use(id, alice, "tools", method)).status).toBe(200);
    expect(stand.recorder.requests.map((request) => recordedValues(request, "mcp-session-id"))).toEqual([
      [SERVERS_OWN_ID],
    ]);
  });

  it("stays valid with a new token of its user, in every process of the proxy", async () => {
    const id = await session();
    const renewed = await stand.issuer.token({ sub: "U2alice", jti: "renewed" });
    const responses = await Promise.all(Array.from({ length: 12 }, () => use(id, renewed)));
    expect(responses.map(({ status }) => status)).toEqual(Array(12).fill(200));
  });

  it.each(["POST", "GET", "DELETE"])("is unknown to another user: %s", async (method) => {
    await expectUnknown(use(await session(), bob, "tools", method));
  });

  it("is unknown at another server", async () => {
    await expectUnknown(use(await session(), alice, "other"));
  });

  it("is unknown to a user of the same id at another issuer", async () => {
    const namesake = await stand.issuer.token({ sub: "U2alice", iss: OTHER_ISSUER });
    await expectUnknown(use(await session(), namesake));
  });

  it("is unknown if a single character is changed", async () => {
    const id = await session();
    const altered = (at: number) => `${id.slice(0, at)}${id[at] === "A" ? "Q" : "A"}${id.slice(at + 1)}`;
    const positions = Array.from({ length: 13 }, (_, step) => Math.floor((step * (id.length - 1)) / 12));
    for (const at of positions) await expectUnknown(use(altered(at), alice));
  });

  it.each([
    ["the server's own", () => SERVERS_OWN_ID],
    ["one that was never issued", () => "A".repeat(64)],
    ["an empty one", () => ""],
    ["a shortened one", (id: string) => id.slice(0, -4)],
    ["a lengthened one", (id: string) => `${id}AAAA`],
    ["a very long one", () => "A".repeat(4000)],
    ["two of them", (id: string) => [id, id]],
  ])("is unknown: %s", async (_name, altered) => {
    await expectUnknown(use(altered(await session()), alice));
  });
});

// OmniRoute #5957, mcp-searxng #139: clients keep the id of a session that was lost, and could never begin another.
describe("initialize with an unknown session id", () => {
  it.each([
    ["another user's", session],
    ["one that was never issued", () => "A".repeat(64)],
    ["two of them", async () => [await session(), "A".repeat(64)]],
  ])("begins a session, and the id does not reach the server: %s", async (_name, unknown) => {
    const headers = [await unknown()].flat().flatMap((value) => ["Mcp-Session-Id", value]);
    stand.recorder.reset();
    stand.recorder.respondWith((response, request) => {
      response.setHeader("Mcp-Session-Id", SERVERS_OWN_ID);
      emptyResult(response, request);
    });
    const response = await sendMcp(stand.endpoint("tools"), { token: bob, headers, body: INITIALIZE });
    expect(response.status).toBe(200);
    expect(stand.recorder.requests.map((request) => recordedValues(request, "mcp-session-id"))).toEqual([[]]);
    const [begun = ""] = valuesOf(response, "mcp-session-id");
    expect((await use(begun, bob)).status).toBe(200);
  });

  it("begins none in a batch", async () => {
    const headers = ["Mcp-Session-Id", "A".repeat(64)];
    const batch = [INITIALIZE, { ...PING, id: 2 }];
    const response = await sendMcp(stand.endpoint("tools"), { token: bob, headers, body: batch });
    expect([response.status, stand.recorder.requests]).toEqual([404, []]);
  });
});

describe("a server that has ended a session", () => {
  it("returns its own error", async () => {
    const id = await session();
    const notFound = '{"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"Session not found"}}';
    stand.recorder.respondWith((response) =>
      response.writeHead(404, { "content-type": "application/json" }).end(notFound),
    );
    const response = await use(id, alice);
    expect([response.status, jsonOf(response)]).toEqual([404, JSON.parse(notFound)]);
  });
});
