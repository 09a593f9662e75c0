// Servers that only IAM opens, behind the whole gateway: a Lambda function URL and an AgentCore Runtime, imitated by a recorder that takes what
// botocore finds signed by the proxy's role and denies everything else.
import { rmSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type LocalGateway, startGateway } from "../../local/gateway.ts";
import { writeGatewayConfig } from "../support/gateway-stand.ts";
import { PING, sendMcp } from "../support/mcp-request.ts";
import { valuesOf } from "../support/raw-http.ts";
import {
  emptyResult,
  type RecordedRequest,
  type Recorder,
  type Responder,
  recordedValues,
  sseResult,
  startRecorder,
} from "../support/recorder-server.ts";
import { startTokenIssuer, type TokenIssuer } from "../support/token-issuer.ts";
import { type SignedFor, startVerifier } from "./verifier.ts";

/** What the local run puts into the functions' environment. */
const ROLE = { accessKeyId: "local", secretAccessKey: "local", sessionToken: "local" };
const REGION = "eu-central-1";
const QUERY = "?b=2&a=1&name=J%C3%BCrgen&plus=a%2Bb&empty=&a=0";
const RUNTIME = "arn%3Aaws%3Abedrock-agentcore%3Aeu-central-1%3A123456789012%3Aruntime%2Ftools-AbCdEf1234";
const RUNTIME_SESSION = "x-amzn-bedrock-agentcore-runtime-session-id";

const verifier = startVerifier();
const denials: string[] = [];
let recorder: Recorder;
let issuer: TokenIssuer;
let gateway: LocalGateway;
let configDir: string;
let alice: string;
let bob: string;

beforeAll(async () => {
  [recorder, issuer] = await Promise.all([startRecorder(), startTokenIssuer()]);
  const { origin } = new URL(recorder.url);
  const server = (path: string, service: string) => ({
    url: `${origin}${path}`,
    get_stream: true,
    upstream_auth: { type: "sigv4", service, region: REGION },
  });
  configDir = writeGatewayConfig(issuer, recorder, {
    gateway: { user_identity_forwarding: { method: "claims_header", include_claims: ["sub", "name"] } },
    servers: {
      function: server(`/mcp${QUERY}`, "lambda"),
      runtime: server(`/runtimes/${RUNTIME}/invocations?qualifier=DEFAULT`, "bedrock-agentcore"),
      unsigned: { url: recorder.url },
    },
  });
  gateway = await startGateway({ configDir, port: 0 });
  alice = await issuer.token({ sub: "U2alice", name: "Älice 李" });
  bob = await issuer.token({ sub: "U2bob" });
});
afterAll(async () => {
  await gateway?.close();
  await Promise.all([recorder?.close(), issuer?.close(), verifier.close()]);
  if (configDir !== undefined) rmSync(configDir, { recursive: true });
});

/** Responds as `responder` does if the request is signed for the service, otherwise with 403 as AWS does. */
function checked(service: string, responder: Responder): Responder {
  const expected: SignedFor = { credentials: ROLE, service, region: REGION };
  return async (response, request) => {
    const denied = await verifier.verify(asSigned(request), expected);
    if (denied === undefined) {
      responder(response, request);
      return;
    }
    denials.push(denied);
    response.writeHead(403, { "content-type": "application/json" }).end('{"Message":"Forbidden"}');
  };
}

function asSigned({ method, path, rawHeaders, body }: RecordedRequest) {
  const headers = rawHeaders.flatMap((name, at) =>
    at % 2 === 0 ? [[name, rawHeaders[at + 1] ?? ""] as const] : [],
  );
  return { method, url: `http://${new URL(recorder.url).host}${path}`, headers, body };
}

const withSession: Responder = (response, request) => {
  response.setHeader("Mcp-Session-Id", "3f0c-servers-own-id");
  emptyResult(response, request);
};

beforeEach(() => {
  recorder.reset();
  denials.length = 0;
});

const endpoint = (server: string) => `${gateway.url}/${server}/mcp`;
const call = (text: string, id = 1) => ({
  jsonrpc: "2.0",
  id,
  method: "tools/call",
  params: { name: "write", arguments: { text } },
});

async function openSession(server: string, token: string): Promise<string> {
  const initialize = { ...PING, method: "initialize", params: { protocolVersion: "2025-11-25" } };
  const response = await sendMcp(endpoint(server), { token, body: initialize });
  return valuesOf(response, "mcp-session-id")[0] ?? "none";
}

describe.each([
  ["function", "lambda", `/mcp${QUERY}`, "x-user-claims"],
  [
    "runtime",
    "bedrock-agentcore",
    `/runtimes/${RUNTIME}/invocations?qualifier=DEFAULT`,
    "x-amzn-bedrock-agentcore-runtime-custom-user-claims",
  ],
])("a server behind IAM: %s", (server, service, path, identityHeader) => {
  beforeEach(() => recorder.respondWith(checked(service, withSession)));

  it.each(["{}", "Größe", "李 🎻 \u2028 \\u0000", "+%20%2F&=~*'()!", "x".repeat(200_000)])(
    "gets a call with this text signed, byte for byte: %.20s",
    async (text) => {
      const body = JSON.stringify(call(text));
      const response = await sendMcp(endpoint(server), { token: alice, body });
      expect({ status: response.status, denials }).toEqual({ status: 200, denials: [] });
      expect(recorder.requests.map((request) => [request.path, request.body.toString("utf8")])).toEqual([
        [path, body],
      ]);
    },
  );

  it.each(["GET", "DELETE"])("gets a %s of a session signed", async (method) => {
    const session = await openSession(server, alice);
    const headers = ["Mcp-Session-Id", session, "Mcp-Protocol-Version", "2025-11-25"];
    const response = await sendMcp(endpoint(server), { token: alice, method, headers, body: null });
    expect({ status: response.status, denials }).toEqual({ status: 200, denials: [] });
    expect(recorder.requests.at(-1)).toMatchObject({ method, path });
  });

  it("gets the identity of the caller as a signed header", async () => {
    await sendMcp(endpoint(server), { token: alice });
    const [request] = recorder.requests;
    if (request === undefined) throw new Error("nothing arrived");
    const [authorization = ""] = recordedValues(request, "authorization");
    expect(/SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(";")).toEqual(
      expect.arrayContaining(["content-type", "host", "x-amz-date", "x-amz-security-token", identityHeader]),
    );
    expect(denials).toEqual([]);
  });

  it("gets trace headers, which proxies on the way may change, unsigned", async () => {
    const trace = [
      "Traceparent",
      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      "Baggage",
      "a=1",
    ];
    const response = await sendMcp(endpoint(server), { token: alice, headers: trace });
    expect({ status: response.status, denials }).toEqual({ status: 200, denials: [] });
    const [request] = recorder.requests;
    const [authorization = ""] = request === undefined ? [] : recordedValues(request, "authorization");
    expect(/SignedHeaders=([^,]+)/.exec(authorization)?.[1]).not.toMatch(/trace|baggage/);
    expect(request && recordedValues(request, "traceparent")).toHaveLength(1);
  });

  it("streams its responses on", async () => {
    recorder.respondWith(checked(service, sseResult({ content: [] })));
    const response = await sendMcp(endpoint(server), { token: alice, body: call("x") });
    expect({ status: response.status, denials }).toEqual({ status: 200, denials: [] });
    expect(response.body).toContain('data: {"jsonrpc":"2.0","id":1,"result":{"content":[]}}');
  });

  it("gets every one of many calls at the same time signed", async () => {
    const calls = Array.from({ length: 20 }, (_, at) =>
      sendMcp(endpoint(server), { token: at % 2 === 0 ? alice : bob, body: call(`text ${at}`, at) }),
    );
    const responses = await Promise.all(calls);
    expect(responses.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(denials).toEqual([]);
  });

  it("never shows the signature to the client", async () => {
    const response = await sendMcp(endpoint(server), { token: alice, body: call("x") });
    expect(JSON.stringify(response)).not.toMatch(/AWS4-HMAC|Signature=|x-amz-security-token/i);
  });
});

describe("an AgentCore Runtime", () => {
  beforeEach(() => recorder.respondWith(checked("bedrock-agentcore", withSession)));
  const runtimeSessions = () =>
    recorder.requests.flatMap((request) => recordedValues(request, RUNTIME_SESSION));

  it("is told one session per caller, of a length that it takes", async () => {
    for (const token of [alice, bob, alice, await issuer.token({ sub: "U2alice", jti: "renewed" })]) {
      await sendMcp(endpoint("runtime"), { token });
    }
    const [ofAlice = "", ofBob = "", again, renewed] = runtimeSessions();
    expect([again, renewed]).toEqual([ofAlice, ofAlice]);
    expect(ofBob).not.toBe(ofAlice);
    for (const session of [ofAlice, ofBob]) expect(session).toMatch(/^[\w-]{33,256}$/);
  });

  it("is told the same session through an MCP session, and nothing that the client chose", async () => {
    const session = await openSession("runtime", alice);
    recorder.reset();
    recorder.respondWith(checked("bedrock-agentcore", withSession));
    for (let calls = 0; calls < 2; calls += 1) {
      const headers = [
        "Mcp-Session-Id",
        session,
        "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id",
        "c".repeat(40),
      ];
      await sendMcp(endpoint("runtime"), { token: alice, headers });
    }
    const [first, second, ...more] = runtimeSessions();
    expect([second, more]).toEqual([first, []]);
    expect(first).not.toBe("c".repeat(40));
  });
});

it("a server without upstream_auth gets no signature", async () => {
  recorder.respondWith(checked("lambda", emptyResult));
  await sendMcp(endpoint("unsigned"), { token: alice });
  expect(denials).toEqual([expect.stringContaining("one Authorization header, got 0")]);
  expect(recorder.requests.map(({ rawHeaders }) => rawHeaders.join()).join()).not.toMatch(/amz/i);
});
