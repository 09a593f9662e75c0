import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { emptyResult } from "../../../support/recorder-server.ts";
import { callerWith } from "../../../support/upstream-credentials/caller-tokens.ts";
import {
  headerOf,
  proxyWithCredentials,
} from "../../../support/upstream-credentials/credentials-under-test.ts";

import { upstreamServers } from "../../../support/upstream-credentials/upstream-servers.ts";

const servers = upstreamServers();
beforeAll(() => servers.vault.connect({ appId: "linear", userId: "U2alice" }));

const ALICE = callerWith("U2alice");
const bearerOf = (at: number) =>
  headerOf(servers.mcpServer.requests[at] as never, "authorization")?.replace("Bearer ", "") ?? "";

/** A server that takes tokens that are still good, and responds with 401 to all others. */
beforeEach(() => {
  servers.mcpServer.reset();
  servers.endpoint.misbehave(undefined);
  servers.mcpServer.respondWith((response, request) => {
    const token = headerOf(request, "authorization")?.replace("Bearer ", "") ?? "";
    if (servers.endpoint.ownerOf(token) ?? servers.vault.ownerOf(token))
      return emptyResult(response, request);
    response.writeHead(401, { "content-type": "application/json" }).end("{}");
    return undefined;
  });
});

const exchange = () => ({
  type: "token_exchange",
  token_url: servers.endpoint.tokenUrl,
  client_id: "gateway",
  client_secret: "{{ssm:/secret}}",
  resource: "https://linear.example.com",
});
const proxyOf = (upstream_auth: object) =>
  proxyWithCredentials(servers.mcpServer.url, { tools: { upstream_auth } });

describe("an upstream token that was revoked before it expired", () => {
  it("is replaced, and the request is sent once more with the same body", async () => {
    const proxy = proxyOf(exchange());
    await proxy.send(ALICE.event);
    servers.endpoint.revoke(bearerOf(0));
    const { status, audit } = await proxy.send(ALICE.event);
    expect(status).toBe(200);
    expect(servers.mcpServer.requests).toHaveLength(3);
    expect(servers.mcpServer.requests[2]?.body.equals(servers.mcpServer.requests[1]?.body as Buffer)).toBe(
      true,
    );
    expect(bearerOf(2)).not.toBe(bearerOf(1));
    expect(audit).toMatchObject({
      decision: "allow",
      upstream_auth: "token_exchange",
      downstream_status: 200,
    });
    await proxy.send(ALICE.event);
    expect(bearerOf(3)).toBe(bearerOf(2));
  });

  it("of a Connection is refreshed by Descope", async () => {
    const proxy = proxyOf({
      type: "descope_connection",
      app_id: "linear",
      base_url: servers.vault.url,
      project_id: "P2abc",
    });
    await proxy.send(ALICE.event);
    servers.vault.revoke(bearerOf(0));
    expect((await proxy.send(ALICE.event)).status).toBe(200);
    expect(JSON.parse(servers.vault.requests.at(-1)?.body ?? "")).toMatchObject({
      options: { forceRefresh: true },
    });
  });

  it("causes a 502 if the new token is denied, too, after exactly one retry", async () => {
    servers.mcpServer.respondWith((response) => response.writeHead(401).end());
    const { status, json, audit } = await proxyOf(exchange()).send(ALICE.event);
    expect([status, json.error.data.reason]).toEqual([502, "downstream_unauthorized"]);
    expect(audit).toMatchObject({ downstream_status: 401, upstream_auth: "token_exchange" });
    expect(servers.mcpServer.requests).toHaveLength(2);
  });

  it("causes the endpoint's error if no new token can be fetched, and the old one is not sent again", async () => {
    const proxy = proxyOf(exchange());
    await proxy.send(ALICE.event);
    servers.endpoint.revoke(bearerOf(0));
    servers.endpoint.misbehave("500");
    const { status, json } = await proxy.send(ALICE.event);
    expect([status, json.error.data.reason]).toEqual([502, "upstream_token_unavailable"]);
    expect(servers.mcpServer.requests).toHaveLength(2);
  });

  it("is replaced once for concurrent calls with the same revoked token", async () => {
    const proxy = proxyOf(exchange());
    await proxy.send(ALICE.event);
    servers.endpoint.revoke(bearerOf(0));
    const before = servers.endpoint.requests.length;
    const responses = await Promise.all(Array.from({ length: 20 }, () => proxy.send(ALICE.event)));
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
    expect(servers.endpoint.requests.length - before).toBe(1);
  });
});

describe("a server that rejects renewed tokens, too,", () => {
  it.each([
    [60, "from the cache", 0],
    [0, "fetched for this call", 1],
  ])(
    "gets one request per call for 30 seconds (cache_seconds %i), with a token %s",
    async (cacheSeconds, _from, fetches) => {
      const clock = { ms: Date.now() };
      servers.mcpServer.respondWith((response) => response.writeHead(401).end());
      const upstream_auth = { ...exchange(), cache_seconds: cacheSeconds };
      const now = () => new Date(clock.ms);
      const proxy = proxyWithCredentials(servers.mcpServer.url, { tools: { upstream_auth }, now });
      const counts = async () => {
        const before = [servers.mcpServer.requests.length, servers.endpoint.requests.length] as const;
        const { json } = await proxy.send(ALICE.event);
        expect(json.error.data.reason).toBe("downstream_unauthorized");
        return {
          requests: servers.mcpServer.requests.length - before[0],
          fetches: servers.endpoint.requests.length - before[1],
        };
      };
      expect(await counts()).toEqual({ requests: 2, fetches: 2 });
      clock.ms += 29_999;
      expect(await counts()).toEqual({ requests: 1, fetches });
      clock.ms += 1;
      expect(await counts()).toEqual({ requests: 2, fetches: fetches + 1 });
    },
  );

  it("does not keep another caller's token from being renewed", async () => {
    const proxy = proxyOf(exchange());
    const bob = callerWith("U2bob");
    await proxy.send(bob.event);
    const token = bearerOf(0);
    servers.mcpServer.respondWith((response) => response.writeHead(401).end());
    await proxy.send(ALICE.event);
    servers.endpoint.revoke(token);
    const before = servers.endpoint.requests.length;
    await proxy.send(bob.event);
    expect(servers.endpoint.requests.length - before).toBe(1);
  });
});

describe("a request is not sent again", () => {
  it.each([403, 407, 500, 503])("after status %i", async (status) => {
    servers.mcpServer.respondWith((response) => response.writeHead(status).end());
    await proxyOf(exchange()).send(ALICE.event);
    expect(servers.mcpServer.requests).toHaveLength(1);
  });

  it("if the server's credential is a static header", async () => {
    servers.mcpServer.respondWith((response) => response.writeHead(401).end());
    const proxy = proxyWithCredentials(servers.mcpServer.url, {
      tools: { headers: { Authorization: "Basic x" } },
    });
    expect((await proxy.send(ALICE.event)).json.error.data.reason).toBe("downstream_unauthorized");
    expect(servers.mcpServer.requests).toHaveLength(1);
  });
});
