import { beforeEach, describe, expect, it } from "vitest";
import { SecretUnavailable } from "../../../../functions/platform/secret-store.ts";
import { callerWith } from "../../../support/upstream-credentials/caller-tokens.ts";
import {
  headerOf,
  proxyWithCredentials,
  SECRET,
} from "../../../support/upstream-credentials/credentials-under-test.ts";

import { startTokenEndpoint } from "../../../support/upstream-credentials/token-endpoint.ts";
import { upstreamServers } from "../../../support/upstream-credentials/upstream-servers.ts";

const servers = upstreamServers(SECRET);
beforeEach(() => servers.mcpServer.reset());

const CLIENT = { client_id: "gateway", client_secret: "{{ssm:/secret}}" };
const own = () => ({ type: "client_credentials", token_url: servers.endpoint.tokenUrl, ...CLIENT });
const exchange = () => ({ ...own(), type: "token_exchange", resource: "https://linear.example.com" });
const connection = () => ({
  type: "descope_connection",
  app_id: "linear",
  base_url: servers.vault.url,
  project_id: "P2abc",
  connect_url: "https://auth.example.com/connect",
});

const proxyOf = (upstream_auth: object, more: Record<string, unknown> = {}) =>
  proxyWithCredentials(servers.mcpServer.url, { tools: { upstream_auth, ...more } });
const sentToken = (at = 0) =>
  headerOf(servers.mcpServer.requests[at] as never, "authorization")?.replace("Bearer ", "");

describe("client credentials", () => {
  it("send one token for all callers, and fetch it once", async () => {
    const proxy = proxyOf({ ...own(), scopes: ["a", "b"], audience: "tools" });
    const before = servers.endpoint.requests.length;
    expect((await proxy.send(callerWith("U2alice").event)).status).toBe(200);
    expect((await proxy.send(callerWith("U2bob").event)).status).toBe(200);
    expect(servers.endpoint.requests.length - before).toBe(1);
    expect(sentToken(1)).toBe(sentToken(0));
    expect(servers.endpoint.ownerOf(sentToken() as string)).toEqual({
      grant: "client_credentials",
      clientId: "gateway",
      subject: undefined,
      audience: "tools",
      scope: "a b",
    });
  });

  it.each([
    ["client_secret_basic", `Basic ${Buffer.from(`gateway:${SECRET}`).toString("base64")}`, null],
    ["client_secret_post", undefined, SECRET],
  ])("authenticate by %s", async (auth_method, authorization, secret) => {
    await proxyOf({ ...own(), auth_method }).send(callerWith("U2alice").event);
    const { headers, body } = servers.endpoint.requests.at(-1) as (typeof servers.endpoint.requests)[number];
    expect(headers.authorization).toBe(authorization);
    expect(new URLSearchParams(body).get("client_secret")).toBe(secret);
    expect(body).not.toContain("subject_token");
  });

  it("authenticate by a JWT that is signed with the gateway's key", async () => {
    const signed: string[] = [];
    const keys = {
      signingKeyId: async () => "key-1",
      sign: async (input: string) => {
        signed.push(input);
        return "c2lnbmF0dXJl";
      },
    };
    const tools = {
      upstream_auth: { ...own(), client_secret: undefined, auth_method: "private_key_jwt" },
    };
    await proxyWithCredentials(servers.mcpServer.url, { tools }, { keys }).send(callerWith("U2alice").event);
    const form = new URLSearchParams(servers.endpoint.requests.at(-1)?.body);
    const assertion = form.get("client_assertion") as string;
    expect(form.get("client_assertion_type")).toBe("urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    expect(assertion).toBe(`${signed[0]}.c2lnbmF0dXJl`);
    const [header, claims] = assertion
      .split(".")
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, "base64url").toString()));
    expect(header).toEqual({ alg: "ES256", typ: "JWT", kid: "key-1" });
    expect(claims).toMatchObject({ iss: "gateway", sub: "gateway", aud: servers.endpoint.tokenUrl });
    expect(claims.exp - claims.iat).toBe(60);
    expect(claims.jti).toMatch(/^[0-9a-f-]{36}$/);
  });
});

it("a key that cannot sign causes a 502, and nothing is sent without the signature", async () => {
  const failing = () => Promise.reject(new Error("KMS is not reachable"));
  const tools = { upstream_auth: { ...own(), client_secret: undefined, auth_method: "private_key_jwt" } };
  const before = servers.endpoint.requests.length;
  const proxy = proxyWithCredentials(
    servers.mcpServer.url,
    { tools },
    { keys: { signingKeyId: failing, sign: failing } },
  );
  const { status, json } = await proxy.send(callerWith("U2alice").event);
  expect([status, json.error.data.reason]).toEqual([502, "upstream_token_unavailable"]);
  expect([servers.endpoint.requests.length - before, servers.mcpServer.requests.length]).toEqual([0, 0]);
});

it("a secret that cannot be read causes a 503, and nothing is sent without it", async () => {
  const secrets = {
    fill: () => Promise.reject(new SecretUnavailable("the secret /secret could not be read")),
  };
  const proxy = proxyWithCredentials(servers.mcpServer.url, { tools: { upstream_auth: own() } }, { secrets });
  const { status, json } = await proxy.send(callerWith("U2alice").event);
  expect([status, json.error.data.reason]).toEqual([503, "configuration_unavailable"]);
  expect(servers.mcpServer.requests).toEqual([]);
});

describe("token exchange", () => {
  it("sends each caller's exchanged token, and sends the caller's own token only to the endpoint", async () => {
    const proxy = proxyOf({ ...exchange(), scopes: ["issues"], extra_parameters: { org: "acme" } });
    const [alice, bob] = [callerWith("U2alice"), callerWith("U2bob")];
    for (const { event } of [alice, bob, alice]) expect((await proxy.send(event)).status).toBe(200);
    const owners = [0, 1, 2].map((at) => servers.endpoint.ownerOf(sentToken(at) as string));
    expect(owners.map((owner) => owner?.subject)).toEqual(["U2alice", "U2bob", "U2alice"]);
    expect(owners[0]).toMatchObject({ audience: "https://linear.example.com", scope: "issues" });
    expect(sentToken(2)).toBe(sentToken(0));
    expect(Object.fromEntries(new URLSearchParams(servers.endpoint.requests.at(-2)?.body))).toEqual({
      org: "acme",
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      subject_token: alice.token,
      subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
      scope: "issues",
      resource: "https://linear.example.com",
    });
    expect(JSON.stringify(servers.mcpServer.requests)).not.toContain(alice.token);
  });

  it("accepts a JWT only if it is issued for the requested audience", async () => {
    const jwt = (aud: unknown) =>
      [{ alg: "ES256" }, { aud }, { s: 1 }]
        .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
        .join(".");
    let made = "";
    const signing = await startTokenEndpoint(() => made);
    const proxy = proxyOf({ ...exchange(), token_url: signing.tokenUrl, cache_seconds: 0 });
    for (const [aud, status] of [
      ["https://linear.example.com", 200],
      [["other", "https://linear.example.com"], 200],
      ["https://other.example.com", 502],
      [undefined, 502],
    ] as const) {
      made = jwt(aud);
      expect([aud, (await proxy.send(callerWith("U2alice").event)).status]).toEqual([aud, status]);
    }
    await signing.close();
  });

  it("is not attempted if the caller's token cannot be read", async () => {
    const { event } = callerWith("U2alice");
    const { status, json } = await proxyOf(exchange()).send({ ...event, headers: {} });
    expect([status, json.error.data.reason]).toEqual([502, "identity_unavailable"]);
    expect(servers.mcpServer.requests).toEqual([]);
  });
});

describe("a Descope Connection", () => {
  it("sends the user's Connection token, fetched with the caller's token", async () => {
    servers.vault.connect({ appId: "linear", userId: "U2alice" });
    const alice = callerWith("U2alice");
    expect((await proxyOf(connection()).send(alice.event)).status).toBe(200);
    expect(servers.vault.ownerOf(sentToken() as string)).toEqual({ appId: "linear", userId: "U2alice" });
    const { headers, body, path } = servers.vault.requests.at(-1) as (typeof servers.vault.requests)[number];
    expect(path).toBe("/v1/mgmt/outbound/app/user/token/latest");
    expect(headers.authorization).toBe(`Bearer P2abc:${alice.token}`);
    expect(JSON.parse(body)).toEqual({ appId: "linear", userId: "U2alice" });
  });

  it.each([
    ["user_in_tenant", { appId: "linear", userId: "U2alice", tenantId: "T1" }],
    ["tenant", { appId: "linear", tenantId: "T1" }],
  ])("of the level %s sends the token of the current tenant", async (level, owner) => {
    servers.vault.connect(owner);
    expect((await proxyOf({ ...connection(), level }).send(callerWith("U2alice").event)).status).toBe(200);
    expect(servers.vault.ownerOf(sentToken() as string)).toEqual(owner);
  });

  it("is requested with its exact scopes and Descope's user id", async () => {
    servers.vault.connect({ appId: "linear", userId: "U2alice", scopes: ["issues"] });
    const alice = callerWith("alice@example.com", { claims: { dsub: "U2alice" } });
    servers.vault.decideWith(() => ({ token: "by-dsub", expiresIn: 60 }));
    await proxyOf({ ...connection(), scopes: ["issues"] }).send(alice.event);
    servers.vault.decideWith(() => undefined);
    const { body, path } = servers.vault.requests.at(-1) as (typeof servers.vault.requests)[number];
    expect(path).toBe("/v1/mgmt/outbound/app/user/token");
    expect(JSON.parse(body)).toEqual({ appId: "linear", userId: "U2alice", scopes: ["issues"] });
  });

  it("is fetched with a management key only if the configuration says so", async () => {
    servers.vault.connect({ appId: "linear", userId: "U2carol" });
    const block = { ...connection(), bypass_descope_policies: true, management_key: "{{ssm:/key}}" };
    const carol = callerWith("U2carol", { scopes: [] });
    expect((await proxyOf(block).send(carol.event)).status).toBe(200);
    expect(servers.vault.requests.at(-1)?.headers.authorization).toBe(`Bearer P2abc:${SECRET}`);
    expect(JSON.stringify(servers.vault.requests.at(-1))).not.toContain(carol.token);
  });
});

describe("an upstream credential", () => {
  it("is sent in the configured header and form, beside the static headers", async () => {
    const place = { header: "X-Linear-Key", format: "key={token}" };
    await proxyOf({ ...own(), ...place }, { headers: { Authorization: "Basic static" } }).send(
      callerWith("U2alice").event,
    );
    const [request] = servers.mcpServer.requests;
    expect(headerOf(request as never, "x-linear-key")).toMatch(/^key=issued-token-/);
    expect(headerOf(request as never, "authorization")).toBe("Basic static");
  });

  it("replaces a client header of the same name", async () => {
    const { event } = callerWith("U2alice");
    const forged = { ...event.headers, "X-Linear-Key": "forged" };
    await proxyOf({ ...own(), header: "X-Linear-Key" }).send({ ...event, headers: forged });
    expect(headerOf(servers.mcpServer.requests[0] as never, "x-linear-key")).toMatch(/^issued-token-/);
  });
});
