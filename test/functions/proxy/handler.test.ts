import type { IncomingHttpHeaders, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SecretUnavailable } from "../../../functions/platform/secret-store.ts";
import { REQUEST_ID } from "../../support/gateway-events.ts";
import { closedPort, type LoopbackServer, startHttp } from "../../support/loopback-server.ts";
import { contextOf, principalWith } from "../../support/principals.ts";
import { CALL, proxyTo } from "../../support/proxy-under-test.ts";

type Seen = { method: string | undefined; headers: IncomingHttpHeaders; body: string };

let downstream: LoopbackServer;
let seen: Seen[];
let respondWith: RequestListener;

beforeEach(async () => {
  seen = [];
  respondWith = (_, response) => {
    response
      .writeHead(200, { "content-type": "application/json" })
      .end('{"jsonrpc":"2.0","id":7,"result":{}}');
  };
  downstream = await startHttp(async (request, response) => {
    seen.push({ method: request.method, headers: request.headers, body: await text(request) });
    respondWith(request, response);
  });
});

afterEach(() => downstream.close());

describe("an admitted request", () => {
  it("reaches the server byte by byte, and so does its response the client", async () => {
    const body = ' {"jsonrpc":"2.0", "id":7,"method":"tools/call","params":{"name":"ädd"}}\n';
    const response = await proxyTo(downstream.url).send({ body });
    expect(response).toMatchObject({
      status: 200,
      headers: { "content-type": "application/json" },
      body: '{"jsonrpc":"2.0","id":7,"result":{}}',
    });
    expect(seen).toMatchObject([{ method: "POST", body }]);
  });

  it("reaches the server as decoded bytes if API Gateway encoded the body", async () => {
    const event = { body: Buffer.from(CALL).toString("base64"), isBase64Encoded: true };
    expect((await proxyTo(downstream.url).send(event)).status).toBe(200);
    expect(seen[0]?.body).toBe(CALL);
  });

  it("carries only allowed headers, and no credential", async () => {
    const headers = {
      Authorization: "Bearer a.b.c",
      Cookie: "session=1",
      "X-User-Claims": '{"sub":"U2admin"}',
      "X-Forwarded-For": "10.0.0.1",
      "Mcp-Method": "tools/call",
      Accept: "application/json, text/event-stream",
    };
    await proxyTo(downstream.url).send({ headers });
    expect(seen[0]?.headers).toEqual({
      accept: "application/json, text/event-stream",
      "accept-encoding": "identity",
      connection: "keep-alive",
      "content-length": String(CALL.length),
      "content-type": "application/json",
      host: `127.0.0.1:${downstream.port}`,
      "mcp-method": "tools/call",
      "user-agent": expect.stringMatching(/^descope-mcp-gateway\/\d+\.\d+\.\d+$/),
    });
  });

  it("carries the caller's identity and the server's static headers with their secrets", async () => {
    const tools = {
      user_identity_forwarding: { method: "claims_header", include_claims: ["sub", "email"] },
      headers: { "X-Api-Key": "{{ssm:/key}}" },
    };
    const secrets = { fill: async (value: string) => value.replace("{{ssm:/key}}", "secret-key") };
    const claims = { sub: "U2alice", email: "李@example.com", phone: "1" };
    const authorizer = contextOf(principalWith({ claims }));
    const { audit } = await proxyTo(downstream.url, { tools, secrets }).send({ authorizer });
    expect(seen[0]?.headers).toMatchObject({
      "x-user-claims": '{"sub":"U2alice","email":"\\u674e@example.com"}',
      "x-api-key": "secret-key",
    });
    expect(JSON.stringify(audit)).not.toMatch(/secret-key|example\.com/);
  });

  it.each(["GET", "DELETE"])("is forwarded without a body if its method is %s", async (method) => {
    const proxy = proxyTo(downstream.url, { tools: { get_stream: true } });
    expect((await proxy.send({ method, body: "ignored" })).status).toBe(200);
    expect(seen).toMatchObject([{ method, body: "" }]);
  });

  it.each([200, 202, 204, 400, 404, 405, 409, 429, 500, 503])(
    "receives the server's status %i",
    async (status) => {
      respondWith = (_, response) => response.writeHead(status, { "retry-after": "7" }).end();
      expect(await proxyTo(downstream.url).send()).toMatchObject({
        status,
        headers: { "retry-after": "7" },
        audit: { decision: "allow", status, downstream_status: status },
      });
    },
  );

  it("receives events as soon as they arrive", async () => {
    let response: ServerResponse | undefined;
    respondWith = (_, opened) => {
      response = opened;
      opened.writeHead(200, { "content-type": "text/event-stream" }).write("data: 1\n\n");
    };
    const { stream, done } = proxyTo(downstream.url).begin();
    const arrived = async (body: string) => {
      while (!stream.bytes.toString().endsWith(body)) await new Promise((resolve) => setImmediate(resolve));
    };
    await arrived("data: 1\n\n");
    response?.write("data: 2\n\n");
    await arrived("data: 2\n\n");
    response?.end();
    await done;
    expect(stream.received().body).toBe("data: 1\n\ndata: 2\n\n");
  });

  it("receives a stream that ends before the function times out", async () => {
    respondWith = (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).write("data: 1\n\n");
    };
    const { stream, done } = proxyTo(downstream.url).begin({}, undefined, 10_100);
    await done;
    expect(stream.writableFinished).toBe(true);
  });

  it("writes an audit line without token, arguments or claims", async () => {
    const body = CALL.replace('"name":"add"', '"name":"add","arguments":{"note":"secret-argument"}');
    const authorizer = contextOf(principalWith({ claims: { email: "alice@example.com" } }));
    const { audit } = await proxyTo(downstream.url).send({
      body,
      authorizer,
      headers: { Authorization: "Bearer secret.token.x" },
    });
    expect(audit).toEqual({
      request_id: REQUEST_ID,
      http_method: "POST",
      decision: "allow",
      server: "tools",
      sub: "U2alice",
      tenant: "T1",
      client_id: "C3",
      mcp_method: "tools/call",
      mcp_name: "add",
      "mcp.method.name": "tools/call",
      "gen_ai.tool.name": "add",
      downstream_ms: expect.any(Number),
      downstream_status: 200,
      status: 200,
      first_byte_ms: expect.any(Number),
      total_ms: expect.any(Number),
      bytes: 36,
    });
  });
});

const JSON_BODY = { "content-type": "application/json" };

describe("a server that", () => {
  it.each<[string, RequestListener, string]>([
    ["denies the gateway", (_, response) => response.writeHead(401).end("who?"), "downstream_unauthorized"],
    ["wants proxy credentials", (_, response) => response.writeHead(407).end(), "downstream_unauthorized"],
    [
      "redirects",
      (_, response) => response.writeHead(307, { location: "http://x" }).end(),
      "downstream_invalid_response",
    ],
    ["has nothing new", (_, response) => response.writeHead(304).end(), "downstream_invalid_response"],
    [
      "compresses",
      (_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end("x"),
      "downstream_invalid_response",
    ],
    ["resets", (_, response) => (response.socket as Socket).resetAndDestroy(), "downstream_unreachable"],
  ])("%s causes a 502 with the message's id", async (_, listener, reason) => {
    respondWith = listener;
    const response = await proxyTo(downstream.url).send();
    expect(response).toMatchObject({ status: 502, json: { id: 7, error: { code: 502, data: { reason } } } });
    expect(response.body).not.toContain("who?");
    expect(response.audit).toMatchObject({ decision: "error", reason, mcp_method: "tools/call" });
  });

  it("sends Content-Encoding identity has its response relayed", async () => {
    respondWith = (_, response) => response.writeHead(200, { "content-encoding": "identity" }).end("{}");
    expect(await proxyTo(downstream.url).send()).toMatchObject({ status: 200, body: "{}" });
  });

  it("is down causes a 502", async () => {
    const proxy = proxyTo(`http://127.0.0.1:${await closedPort()}/mcp`);
    expect(await proxy.send()).toMatchObject({
      status: 502,
      audit: { reason: "downstream_unreachable", cause: expect.stringContaining("ECONNREFUSED") },
    });
  });

  it("does not respond in time causes a 504", async () => {
    respondWith = () => {};
    const proxy = proxyTo(downstream.url, { tools: { timeouts: { first_byte_ms: 50 } } });
    expect(await proxy.send()).toMatchObject({
      status: 504,
      json: { error: { data: { reason: "downstream_timeout" } } },
    });
  });

  it("aborts its response aborts the client's response, without error text in it", async () => {
    respondWith = (_, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.write('{"half":', () => (response.socket as Socket).resetAndDestroy());
    };
    const { log, begin } = proxyTo(downstream.url);
    const { stream, done } = begin();
    await expect(done).rejects.toThrow(
      "closed: the server closed the connection before the response was complete",
    );
    expect(stream.received().body).toMatch(/^(?:\{"half":)?$/);
    expect(stream.writableEnded).toBe(false);
    expect(log.lines.at(-1)?.fields).toMatchObject({ decision: "allow", status: 200, broken: true });
  });

  it("stops sending within its response aborts the client's response", async () => {
    respondWith = (_, response) => response.writeHead(200, JSON_BODY).write("a");
    const { done } = proxyTo(downstream.url, { tools: { timeouts: { idle_ms: 50 } } }).begin();
    await expect(done).rejects.toThrow("idle_timeout: no data from the server for 50 ms");
  });
});

describe("a client that disconnects", () => {
  it("aborts the upstream request", async () => {
    const closed = new Promise<void>((resolve) => {
      respondWith = (_, response) => {
        response.on("close", resolve);
        response.writeHead(200, JSON_BODY).write("a");
      };
    });
    const { stream, done } = proxyTo(downstream.url).begin();
    while (!stream.bytes.toString().endsWith("a")) await new Promise((resolve) => setImmediate(resolve));
    stream.on("error", () => {}).destroy(new Error("client gone"));
    await expect(done).rejects.toThrow("the client closed the connection");
    await closed;
  });
});

describe("session ids", () => {
  it("are sealed for the client and opened for the server", async () => {
    respondWith = (_, response) => response.writeHead(200, { "mcp-session-id": "s1" }).end();
    const proxy = proxyTo(downstream.url);
    const id = (await proxy.send()).headers["mcp-session-id"];
    expect(id).toMatch(/^[\w-]{40,}$/);
    await proxy.send({ headers: { "Mcp-Session-Id": id as string } });
    expect(seen[1]?.headers["mcp-session-id"]).toBe("s1");
  });

  it("of one user are unknown to another user", async () => {
    respondWith = (_, response) => response.writeHead(200, { "mcp-session-id": "s1" }).end();
    const headers = {
      "Mcp-Session-Id": (await proxyTo(downstream.url).send()).headers["mcp-session-id"] as string,
    };
    for (const other of [{ sub: "U2bob" }, { tenant: "T2" }, { issuer: "https://other.example.com" }]) {
      const authorizer = contextOf(principalWith(other));
      expect(await proxyTo(downstream.url).send({ authorizer, headers })).toMatchObject({ status: 404 });
    }
    expect(seen).toHaveLength(1);
  });

  it("that cannot be sealed cause the response to be dropped, and its connection is closed", async () => {
    const closed = new Promise<void>((resolve) => {
      respondWith = (request, response) => {
        request.socket.on("close", resolve);
        response.writeHead(200, { ...JSON_BODY, "mcp-session-id": "s1" }).write("secret");
      };
    });
    const unavailable = async () => {
      throw new SecretUnavailable("the session secret could not be read");
    };
    const sealedIds = { sealer: unavailable, opener: unavailable };
    const response = await proxyTo(downstream.url, { sealedIds }).send();
    expect(response).toMatchObject({ status: 503, audit: { reason: "configuration_unavailable" } });
    expect(response.body).not.toContain("secret");
    await closed;
  });
});

describe("concurrent requests in one environment", () => {
  it("carry only their own caller's identity over one kept-alive connection", async () => {
    const tools = { user_identity_forwarding: { method: "claims_header", include_claims: ["team"] } };
    const proxy = proxyTo(downstream.url, { tools });
    for (const name of ["alice", "bob", "alice", "bob"]) {
      const authorizer = contextOf(principalWith({ sub: name, claims: { team: { name } } }));
      await proxy.send({ authorizer });
    }
    expect(seen.map(({ headers }) => headers["x-user-claims"])).toEqual([
      '{"team":{"name":"alice"}}',
      '{"team":{"name":"bob"}}',
      '{"team":{"name":"alice"}}',
      '{"team":{"name":"bob"}}',
    ]);
  });
});
