import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { emptyResult, type Recorder, startRecorder } from "../../../support/recorder-server.ts";
import { callerWith } from "../../../support/upstream-credentials/caller-tokens.ts";
import {
  headerOf,
  proxyWithCredentials,
} from "../../../support/upstream-credentials/credentials-under-test.ts";

let downstream: Recorder;
beforeAll(async () => {
  downstream = await startRecorder();
});
afterAll(() => downstream.close());
beforeEach(() => {
  downstream.reset();
  // Every initialize gets a session of the server's own.
  let sessions = 0;
  downstream.respondWith((response, request) => {
    const isInitialize = request.body.toString().includes('"initialize"');
    const session = isInitialize ? `session-${++sessions}` : headerOf(request, "mcp-session-id");
    if (session !== undefined) response.setHeader("Mcp-Session-Id", session);
    return emptyResult(response, request);
  });
});

const ARN = "arn:aws:bedrock-agentcore:eu-central-1:111122223333:runtime/tools-AbCdEf1234";
const SESSION_HEADER = "x-amzn-bedrock-agentcore-runtime-session-id";

function proxyOf(more: Record<string, unknown> = {}) {
  const { origin } = new URL(downstream.url);
  const url = `${origin}/runtimes/${encodeURIComponent(ARN)}/invocations?qualifier=DEFAULT`;
  const upstream_auth = { type: "sigv4", service: "bedrock-agentcore", region: "eu-central-1" };
  return proxyWithCredentials(url, { tools: { url, upstream_auth, ...more } });
}

const INITIALIZE = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: {} });
const runtimeSessions = () => downstream.requests.map((request) => headerOf(request, SESSION_HEADER));

describe("requests to an AgentCore Runtime", () => {
  it("reach the microVM that started their MCP session, and no other session's microVM", async () => {
    const proxy = proxyOf();
    const alice = callerWith("U2alice");
    const sessionOf = async () => {
      const { headers } = await proxy.send({ ...alice.event, body: INITIALIZE });
      return headers["mcp-session-id"] as string;
    };
    const [first, second] = [await sessionOf(), await sessionOf()];
    const repeated: unknown[] = [];
    for (const session of [first, second, first]) {
      const headers = { ...alice.event.headers, "Mcp-Session-Id": session };
      const response = await proxy.send({ ...alice.event, headers });
      expect(response.status).toBe(200);
      repeated.push(response.headers["mcp-session-id"]);
    }
    const [begun1, begun2, used1, used2, again1] = runtimeSessions();
    expect([used1, used2, again1]).toEqual([begun1, begun2, begun1]);
    expect(begun1).not.toBe(begun2);
    expect(begun1).toMatch(/^[0-9a-f]{64}$/);
    // The server gets its own id, the client one that stays the same.
    expect(downstream.requests.map((request) => headerOf(request, "mcp-session-id"))).toEqual([
      undefined,
      undefined,
      "session-1",
      "session-2",
      "session-1",
    ]);
    expect(repeated).toEqual([first, second, first]);
  });

  it("outside a session share one microVM for each caller", async () => {
    const proxy = proxyOf();
    const [alice, bob] = [callerWith("U2alice"), callerWith("U2bob")];
    for (const { event } of [alice, bob, alice, callerWith("U2alice")]) await proxy.send(event);
    const [first, other, again, later] = runtimeSessions();
    expect([again, later]).toEqual([first, first]);
    expect(other).not.toBe(first);
  });

  it("never carry a runtime session id that a client sends", async () => {
    const { event } = callerWith("U2alice");
    const forged = { ...event.headers, [SESSION_HEADER]: "f".repeat(40) };
    await proxyOf().send({ ...event, headers: forged });
    expect(runtimeSessions()[0]).not.toBe("f".repeat(40));
  });

  it("carry the identity in a header that AgentCore passes on, of at most 4 KB", async () => {
    const user_identity_forwarding = { method: "claims_header", include_claims: ["sub", "note"] };
    const proxy = proxyOf({ user_identity_forwarding });
    const caller = (note: string) => callerWith("U2alice", { claims: { sub: "U2alice", note } }).event;
    expect((await proxy.send(caller("short"))).status).toBe(200);
    const [request] = downstream.requests;
    expect(headerOf(request as never, "x-amzn-bedrock-agentcore-runtime-custom-user-claims")).toBe(
      '{"sub":"U2alice","note":"short"}',
    );
    const tooLarge = await proxy.send(caller("x".repeat(4_100)));
    expect([tooLarge.status, tooLarge.json.error.data.reason]).toEqual([403, "identity_too_large"]);
  });
});
