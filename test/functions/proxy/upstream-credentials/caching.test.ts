import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { callerWith } from "../../../support/upstream-credentials/caller-tokens.ts";
import type { ExpiryForm } from "../../../support/upstream-credentials/connections-vault.ts";
import {
  headerOf,
  proxyWithCredentials,
} from "../../../support/upstream-credentials/credentials-under-test.ts";

import { upstreamServers } from "../../../support/upstream-credentials/upstream-servers.ts";

const servers = upstreamServers();
beforeAll(() => servers.vault.connect({ appId: "linear", userId: "U2alice" }));
beforeEach(() => {
  servers.mcpServer.reset();
  servers.endpoint.lifetime = 3600;
  servers.vault.lifetime = 3600;
  servers.vault.expiryForm = "epoch seconds";
});

const exchange = (more = {}) => ({
  type: "token_exchange",
  token_url: servers.endpoint.tokenUrl,
  client_id: "gateway",
  client_secret: "{{ssm:/secret}}",
  resource: "https://linear.example.com",
  ...more,
});
const connection = (more = {}) => ({
  type: "descope_connection",
  app_id: "linear",
  base_url: servers.vault.url,
  project_id: "P2abc",
  ...more,
});

const ALICE = callerWith("U2alice");

/** A proxy whose clock a test moves, and how many tokens it has fetched. */
function proxyAt(upstream_auth: object) {
  const start = Date.now();
  const clock = { seconds: 0 };
  const now = () => new Date(start + clock.seconds * 1_000);
  const proxy = proxyWithCredentials(servers.mcpServer.url, { tools: { upstream_auth }, now });
  const fetches = () => servers.endpoint.requests.length + servers.vault.requests.length;
  const before = fetches();
  return {
    async sendAfter(seconds: number, caller = ALICE) {
      clock.seconds = seconds;
      const { status } = await proxy.send(caller.event);
      return [status, fetches() - before];
    },
  };
}

describe("a cached token", () => {
  it("is reused until 60 seconds before it expires", async () => {
    servers.endpoint.lifetime = 100;
    const { sendAfter } = proxyAt(exchange());
    expect(await sendAfter(0)).toEqual([200, 1]);
    expect(await sendAfter(39)).toEqual([200, 1]);
    expect(await sendAfter(41)).toEqual([200, 2]);
  });

  it("is reused for as long as the setting allows", async () => {
    const { sendAfter } = proxyAt(exchange({ cache_seconds: 30 }));
    expect(await sendAfter(0)).toEqual([200, 1]);
    expect(await sendAfter(29)).toEqual([200, 1]);
    expect(await sendAfter(31)).toEqual([200, 2]);
  });

  it("is never used after the caller's token expires", async () => {
    const shortLived = callerWith("U2alice", { exp: Math.floor(Date.now() / 1000) + 20 });
    const { sendAfter } = proxyAt(exchange());
    expect(await sendAfter(0, shortLived)).toEqual([200, 1]);
    expect(await sendAfter(15, shortLived)).toEqual([200, 1]);
    // Within the clock tolerance of the token rules the request is still sent, with a separate token.
    expect(await sendAfter(21, shortLived)).toEqual([200, 2]);
  });

  it.each([0, -60, 30])("is not cached if it expires in %i seconds", async (lifetime) => {
    servers.endpoint.lifetime = lifetime;
    const { sendAfter } = proxyAt(exchange());
    expect(await sendAfter(0)).toEqual([200, 1]);
    expect(await sendAfter(0)).toEqual([200, 2]);
  });

  it("without an expiry is reused for a minute", async () => {
    servers.endpoint.lifetime = undefined;
    const { sendAfter } = proxyAt(exchange());
    expect(await sendAfter(0)).toEqual([200, 1]);
    expect(await sendAfter(59)).toEqual([200, 1]);
    expect(await sendAfter(61)).toEqual([200, 2]);
  });

  it.each<ExpiryForm>(["epoch seconds", "epoch milliseconds", "RFC 3339"])(
    "of a Connection expires at the time that its expiry in %s states",
    async (form) => {
      servers.vault.expiryForm = form;
      servers.vault.lifetime = 80;
      const { sendAfter } = proxyAt(connection());
      expect(await sendAfter(0)).toEqual([200, 1]);
      expect(await sendAfter(15)).toEqual([200, 1]);
      expect(await sendAfter(22)).toEqual([200, 2]);
    },
  );

  it.each<ExpiryForm>(["zero", "empty", "absent"])(
    "of a Connection whose expiry is %s is reused for a minute",
    async (form) => {
      servers.vault.expiryForm = form;
      const { sendAfter } = proxyAt(connection({ cache_seconds: 300 }));
      expect(await sendAfter(0)).toEqual([200, 1]);
      expect(await sendAfter(59)).toEqual([200, 1]);
      expect(await sendAfter(61)).toEqual([200, 2]);
    },
  );

  it("of a Connection is reused for 60 seconds by default", async () => {
    const { sendAfter } = proxyAt(connection());
    expect(await sendAfter(0)).toEqual([200, 1]);
    expect(await sendAfter(61)).toEqual([200, 2]);
  });

  it("is not used after the clock was set back", async () => {
    const { sendAfter } = proxyAt(exchange());
    expect(await sendAfter(0)).toEqual([200, 1]);
    expect(await sendAfter(-3_000)).toEqual([200, 2]);
  });

  it("is not used after the caller signed in again", async () => {
    const { sendAfter } = proxyAt(exchange());
    expect(await sendAfter(0)).toEqual([200, 1]);
    expect(await sendAfter(0, callerWith("U2alice"))).toEqual([200, 2]);
  });
});

describe("parallel calls", () => {
  it.each(["token_exchange", "descope_connection"])(
    "of one caller fetch only one token by %s",
    async (kind) => {
      const source = kind === "token_exchange" ? servers.endpoint : servers.vault;
      const upstream_auth = kind === "token_exchange" ? exchange() : connection();
      const proxy = proxyWithCredentials(servers.mcpServer.url, { tools: { upstream_auth } });
      const before = source.requests.length;
      const release = source.hold();
      const calls = Array.from({ length: 50 }, () => proxy.send(ALICE.event));
      while (source.requests.length === before) await new Promise((resolve) => setTimeout(resolve, 5));
      release();
      expect(new Set((await Promise.all(calls)).map(({ status }) => status))).toEqual(new Set([200]));
      expect(source.requests.length - before).toBe(1);
      expect(
        new Set(servers.mcpServer.requests.map((request) => headerOf(request, "authorization"))).size,
      ).toBe(1);
    },
  );

  it("share a failure, and the next call fetches again", async () => {
    const proxy = proxyWithCredentials(servers.mcpServer.url, { tools: { upstream_auth: exchange() } });
    const before = servers.endpoint.requests.length;
    servers.endpoint.misbehave("500", 1);
    const [first, second] = await Promise.all([proxy.send(ALICE.event), proxy.send(ALICE.event)]);
    expect([first.status, second.status, servers.endpoint.requests.length - before]).toEqual([502, 502, 1]);
    expect((await proxy.send(ALICE.event)).status).toBe(200);
  });
});
