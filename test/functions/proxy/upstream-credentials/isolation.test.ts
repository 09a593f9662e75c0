import { describe, expect, it } from "vitest";
import { createStaticHeaders, createUpstreamAuth } from "../../../../functions/proxy/upstream-auth.ts";
import { configSnapshot, configStoreOf } from "../../../support/gateway-config.ts";
import { callerWith, type TestCaller } from "../../../support/upstream-credentials/caller-tokens.ts";
import {
  headerOf,
  proxyWithCredentials,
  SECRET,
} from "../../../support/upstream-credentials/credentials-under-test.ts";

import { startTokenEndpoint } from "../../../support/upstream-credentials/token-endpoint.ts";
import { upstreamServers } from "../../../support/upstream-credentials/upstream-servers.ts";

const servers = upstreamServers();

const USERS = ["U2alice", "U2bob"];
const TENANTS = ["T1", "T2"];
const SERVERS = ["issues", "files"];

const exchange = (resource: string) => ({
  type: "token_exchange",
  token_url: servers.endpoint.tokenUrl,
  client_id: "gateway",
  client_secret: "{{ssm:/secret}}",
  resource,
});

/** A caller of a server and a tenant. */
const callers = new Map<string, TestCaller>();
function callerOf(server: string, user: string, tenant: string): TestCaller {
  const key = `${server} ${user} ${tenant}`;
  const made = callers.get(key) ?? callerWith(user, { server, tenant });
  callers.set(key, made);
  return made;
}

describe("two users, two tenants and two servers", () => {
  it("receive only their own credentials in 1,000 interleaved requests, and no output contains a credential", async () => {
    for (const userId of USERS)
      for (const tenantId of TENANTS) servers.vault.connect({ appId: "files", userId, tenantId });
    const tenantsOf = (server: string) =>
      Object.fromEntries(
        TENANTS.map((tenant) => [
          tenant,
          { upstream_auth: exchange(`https://${tenant}.${server}.example.com`) },
        ]),
      );
    const files = {
      type: "descope_connection",
      app_id: "files",
      level: "user_in_tenant",
      base_url: servers.vault.url,
      project_id: "P2abc",
    };
    const snapshot = configSnapshot({
      servers: {
        issues: { url: servers.mcpServer.url, tenants: tenantsOf("issues") },
        files: { url: servers.mcpServer.url, upstream_auth: files },
      },
    });
    const proxy = proxyWithCredentials(servers.mcpServer.url, { config: configStoreOf(snapshot) });
    const choices = Array.from({ length: 1_000 }, (_, at) => {
      const server = SERVERS[at % 2] as string;
      const user = USERS[(at >> 1) % 2] as string;
      const tenant = TENANTS[(at * 7 + (at >> 3)) % 2] as string;
      return { at, server, user, tenant };
    });
    const send = async ({ at, server, user, tenant }: (typeof choices)[number]) => {
      const { event } = callerOf(server, user, tenant);
      const body = JSON.stringify({
        jsonrpc: "2.0",
        id: at,
        method: "tools/call",
        params: { name: `${at}` },
      });
      return proxy.send({ ...event, server, body });
    };
    const responses: Awaited<ReturnType<typeof send>>[] = [];
    while (responses.length < choices.length) {
      responses.push(
        ...(await Promise.all(choices.slice(responses.length, responses.length + 50).map(send))),
      );
    }
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));

    const tokens = new Set<string>();
    const wrong = servers.mcpServer.requests.filter((request) => {
      const { id } = JSON.parse(request.body.toString()) as { id: number };
      const { server, user, tenant } = choices[id] as (typeof choices)[number];
      const token = headerOf(request, "authorization")?.replace("Bearer ", "") ?? "";
      tokens.add(token);
      if (server === "files") {
        const owner = servers.vault.ownerOf(token);
        return owner?.userId !== user || owner.tenantId !== tenant;
      }
      const owner = servers.endpoint.ownerOf(token);
      return owner?.subject !== user || owner.audience !== `https://${tenant}.issues.example.com`;
    });
    expect(servers.mcpServer.requests).toHaveLength(1_000);
    expect(wrong).toEqual([]);
    expect([tokens.size, servers.endpoint.requests.length, servers.vault.requests.length]).toEqual([8, 4, 4]);

    const output = JSON.stringify([proxy.log.lines, responses]);
    const secrets = [...tokens, SECRET, ...[...callers.values()].map(({ token }) => token)];
    expect(secrets.filter((secret) => output.includes(secret))).toEqual([]);
  });
});

describe("Descope's agent-auth cache defect", () => {
  it("does not occur: a cached resource token is keyed by the user", async () => {
    // One session of one client, one resource and the same scopes for both: only the user differs.
    servers.mcpServer.reset();
    const upstream_auth = { ...exchange("https://calendar.example.com"), scopes: ["read"] };
    const proxy = proxyWithCredentials(servers.mcpServer.url, { tools: { upstream_auth } });
    const [alice, bob] = USERS.map((user) => callerWith(user, { clientId: "one-client" })) as [
      TestCaller,
      TestCaller,
    ];
    for (const { event } of [alice, bob, alice, bob]) await proxy.send(event);
    const subjects = servers.mcpServer.requests.map(
      (request) =>
        servers.endpoint.ownerOf(headerOf(request, "authorization")?.replace("Bearer ", "") ?? "")?.subject,
    );
    expect(subjects).toEqual(["U2alice", "U2bob", "U2alice", "U2bob"]);
  });

  it("does not occur: a cached token is keyed by tenant, issuer and the caller's token", async () => {
    servers.mcpServer.reset();
    const proxy = proxyWithCredentials(servers.mcpServer.url, {
      tools: { upstream_auth: exchange("https://calendar.example.com") },
    });
    const before = servers.endpoint.requests.length;
    const alice = callerWith("U2alice");
    const others = [{ tenant: "T2" }, { issuer: "https://other.example.com" }].map((change) => ({
      ...alice.event,
      authorizer: callerWith("U2alice", change).event.authorizer,
    }));
    for (const event of [alice.event, ...others, callerWith("U2alice").event]) await proxy.send(event);
    expect(servers.endpoint.requests.length - before).toBe(4);
  });
});

describe("users whose JWT template gives them one `sub`", () => {
  it("receive only the credentials of their own `dsub`, also with a management key", async () => {
    servers.mcpServer.reset();
    for (const userId of USERS) servers.vault.connect({ appId: "mail", userId });
    const upstream_auth = {
      type: "descope_connection",
      app_id: "mail",
      base_url: servers.vault.url,
      project_id: "P2abc",
      bypass_descope_policies: true,
      management_key: "{{ssm:/management-key}}",
    };
    const secrets = { fill: async () => "K2management" };
    const proxy = proxyWithCredentials(servers.mcpServer.url, { tools: { upstream_auth } }, { secrets });
    const callers = USERS.map((dsub) => callerWith("team@example.com", { claims: { dsub } }));
    for (const { event } of [...callers, ...callers]) await proxy.send(event);
    const owners = servers.mcpServer.requests.map(
      (request) =>
        servers.vault.ownerOf(headerOf(request, "authorization")?.replace("Bearer ", "") ?? "")?.userId,
    );
    expect(owners).toEqual([...USERS, ...USERS]);
  });
});

describe("a credential that could not be obtained", () => {
  it.each(["a token with a line break", "401", "half a body", "garbage"] as const)(
    "because of %s leaves no token or secret in a response or log line",
    async (how) => {
      const issued: string[] = [];
      const leaking = await startTokenEndpoint((_, number) => {
        issued.push(`issued-${number}-${crypto.randomUUID()}`);
        return issued.at(-1) as string;
      });
      const upstream_auth = { ...exchange("https://linear.example.com"), token_url: leaking.tokenUrl };
      const proxy = proxyWithCredentials(servers.mcpServer.url, { tools: { upstream_auth } });
      const alice = callerWith("U2alice");
      leaking.misbehave(how);
      const response = await proxy.send(alice.event);
      expect(response.status).toBe(502);
      const output = JSON.stringify([proxy.log.lines, response]);
      expect([...issued, SECRET, alice.token].filter((secret) => output.includes(secret))).toEqual([]);
      await leaking.close();
    },
  );
});

describe("a server without upstream_auth", () => {
  it("loads no credentials and receives exactly the same bytes as before", async () => {
    servers.mcpServer.reset();
    const secrets = { fill: async (text: string) => text };
    const plain = createStaticHeaders(secrets);
    const guarded = createUpstreamAuth(plain, () => Promise.reject(new Error("credentials were loaded")));
    const { event } = callerWith("U2alice");
    for (const upstreamAuth of [plain, guarded]) {
      const proxy = proxyWithCredentials(servers.mcpServer.url, {
        upstreamAuth,
        tools: { headers: { "X-Key": "1" }, upstream_auth: { type: "none" } },
      });
      expect((await proxy.send(event)).audit).not.toHaveProperty("upstream_auth");
    }
    const [before, after] = servers.mcpServer.requests;
    expect(after).toEqual({ ...before, connection: after?.connection });
  });
});
