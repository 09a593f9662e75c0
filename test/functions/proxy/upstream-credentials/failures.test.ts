import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { callerWith } from "../../../support/upstream-credentials/caller-tokens.ts";
import { proxyWithCredentials } from "../../../support/upstream-credentials/credentials-under-test.ts";
import {
  type Misbehaviour,
  REDIRECTS,
  UNREADABLE_RESPONSES,
  UNUSABLE_TOKEN_RESPONSES,
} from "../../../support/upstream-credentials/misbehaviours.ts";

import { upstreamServers } from "../../../support/upstream-credentials/upstream-servers.ts";

const servers = upstreamServers();
beforeAll(() => servers.vault.connect({ appId: "linear", userId: "U2alice" }));
beforeEach(() => {
  servers.mcpServer.reset();
  for (const server of [servers.endpoint, servers.vault]) {
    server.misbehave(undefined);
    server.decideWith(() => undefined);
  }
});

const BLOCKS = {
  client_credentials: () => ({
    type: "client_credentials",
    token_url: servers.endpoint.tokenUrl,
    client_id: "gateway",
    client_secret: "{{ssm:/secret}}",
  }),
  token_exchange: () => ({
    ...BLOCKS.client_credentials(),
    type: "token_exchange",
    resource: "https://linear.example.com",
  }),
  descope_connection: () => ({
    type: "descope_connection",
    app_id: "linear",
    base_url: servers.vault.url,
    project_id: "P2abc",
  }),
};
type Kind = keyof typeof BLOCKS;
const KINDS = Object.keys(BLOCKS) as Kind[];
const serverOf = (kind: Kind) => (kind === "descope_connection" ? servers.vault : servers.endpoint);

const ALICE = callerWith("U2alice");

async function send(kind: Kind, caller = ALICE) {
  const proxy = proxyWithCredentials(servers.mcpServer.url, { tools: { upstream_auth: BLOCKS[kind]() } });
  return proxy.send(caller.event);
}

const cells = (misbehaviours: readonly Misbehaviour[]) =>
  KINDS.flatMap((kind) => misbehaviours.map((how) => [kind, how] as const));

describe("an upstream credential that cannot be obtained", () => {
  it.each(
    cells([
      ...UNREADABLE_RESPONSES,
      ...UNUSABLE_TOKEN_RESPONSES,
      ...REDIRECTS,
      "resets in the body",
      "garbage",
      "huge",
      "500",
      "503",
      "400",
    ]),
  )("(%s) causes a 502 if its endpoint responds with %s, and nothing is sent", async (kind, how) => {
    serverOf(kind).misbehave(how);
    const { status, json, audit } = await send(kind);
    expect([status, json.error.data.reason]).toEqual([502, "upstream_token_unavailable"]);
    expect(audit).toMatchObject({ reason: "upstream_token_unavailable", upstream_auth: kind });
    expect(servers.mcpServer.requests).toEqual([]);
  });

  it.each(cells(["hangs before the response", "hangs in the body"]))(
    "(%s) causes a 504 if its endpoint %s",
    async (kind, how) => {
      serverOf(kind).misbehave(how);
      const { status, json } = await send(kind);
      expect([status, json.error.data.reason]).toEqual([504, "upstream_token_timeout"]);
      expect(servers.mcpServer.requests).toEqual([]);
    },
    10_000,
  );

  it.each(KINDS)("(%s) causes a 502 if its endpoint refuses connections", async (kind) => {
    await serverOf(kind).stopListening();
    const { status, json } = await send(kind);
    await serverOf(kind).listenAgain();
    expect([status, json.error.data.reason]).toEqual([502, "upstream_token_unavailable"]);
    expect((await send(kind)).status).toBe(200);
  });

  it.each(KINDS)(
    "(%s) causes a 503 with the endpoint's Retry-After if the endpoint limits requests",
    async (kind) => {
      serverOf(kind).misbehave("429 with Retry-After");
      const limited = await send(kind);
      expect([limited.status, limited.json.error.data.reason]).toEqual([503, "upstream_token_limited"]);
      expect(limited.headers).toMatchObject({ "retry-after": "7" });
      serverOf(kind).misbehave("429");
      expect((await send(kind)).headers).toMatchObject({ "retry-after": "5" });
    },
  );

  it.each(KINDS.flatMap((kind) => [[kind, "429 with Retry-After", 7] as const, [kind, "429", 5] as const]))(
    "(%s) is not requested again after a %s before %i seconds have passed",
    async (kind, how, seconds) => {
      const clock = { ms: Date.now() };
      const proxy = proxyWithCredentials(servers.mcpServer.url, {
        tools: { upstream_auth: BLOCKS[kind]() },
        now: () => new Date(clock.ms),
      });
      serverOf(kind).misbehave(how);
      await proxy.send(ALICE.event);
      serverOf(kind).misbehave(undefined);
      const asked = serverOf(kind).requests.length;
      clock.ms += 2_500;
      const { status, json, headers } = await proxy.send(ALICE.event);
      expect([status, json.error.data.reason]).toEqual([503, "upstream_token_limited"]);
      expect(headers).toMatchObject({ "retry-after": String(seconds - 2) });
      expect(serverOf(kind).requests.length).toBe(asked);
      clock.ms += seconds * 1_000 - 2_500;
      expect((await proxy.send(ALICE.event)).status).toBe(200);
    },
  );

  it("(token_exchange) is still fetched for another caller while the endpoint limits the first", async () => {
    const proxy = proxyWithCredentials(servers.mcpServer.url, {
      tools: { upstream_auth: BLOCKS.token_exchange() },
    });
    servers.endpoint.misbehave("429 with Retry-After");
    await proxy.send(ALICE.event);
    servers.endpoint.misbehave(undefined);
    expect((await proxy.send(callerWith("U2bob").event)).status).toBe(200);
    expect((await proxy.send(ALICE.event)).status).toBe(503);
  });

  it.each(KINDS)("(%s) is waited for if its endpoint is slow", async (kind) => {
    serverOf(kind).misbehave("slow");
    expect((await send(kind)).status).toBe(200);
  });
});

describe("a denial of the token endpoint", () => {
  it.each([
    ["access_denied", 400],
    ["invalid_target", 400],
    ["invalid_grant", 400],
    ["invalid_request", 400],
    [undefined, 403],
  ])("for an exchange by %s with status %i causes a 403 with its own reason", async (error, status) => {
    servers.endpoint.decideWith(() => ({ status, body: { error } }));
    const { status: received, json } = await send("token_exchange");
    expect([received, json.error.data.reason]).toEqual([403, "exchange_denied"]);
    expect(servers.mcpServer.requests).toEqual([]);
  });

  it("with status 200 causes a 403 with its own reason", async () => {
    servers.endpoint.decideWith(() => ({ status: 200, body: { error: "access_denied" } }));
    const { status, json, audit } = await send("token_exchange");
    expect([status, json.error.data.reason]).toEqual([403, "exchange_denied"]);
    expect(audit["cause"]).toBe("the token endpoint returned 200 access_denied");
  });

  it.each([
    ["token_exchange", "invalid_client", 401],
    ["client_credentials", "access_denied", 403],
  ] as const)(
    "for the gateway's client (%s, %s) is not reported as the caller's",
    async (kind, error, status) => {
      servers.endpoint.decideWith(() => ({ status, body: { error } }));
      const { status: received, audit } = await send(kind);
      expect(received).toBe(502);
      expect(audit["cause"]).toContain(`the token endpoint returned ${status} ${error}`);
    },
  );

  it("by a Connection's policy causes a 403 with its own reason", async () => {
    servers.vault.decideWith(() => ({
      status: 403,
      body: { errorCode: "E000403", errorDescription: "policy" },
    }));
    const { status, json, audit } = await send("descope_connection");
    expect([status, json.error.data.reason]).toEqual([403, "connection_denied"]);
    expect(audit["cause"]).toBe("Descope's Connections returned 403 E000403");
  });

  it("because of a missing scope causes a 403 that names the scope, so that clients request it", async () => {
    const caller = callerWith("U2alice", { scopes: ["openid"] });
    const { status, headers, json } = await send("descope_connection", caller);
    expect([status, json.error.data]).toEqual([
      403,
      expect.objectContaining({ reason: "insufficient_scope", scopes: ["outbound.token.fetch"] }),
    ]);
    expect(headers["www-authenticate"]).toContain('scope="outbound.token.fetch"');
  });
});
