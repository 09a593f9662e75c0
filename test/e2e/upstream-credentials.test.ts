// examples/upstream-credentials in the local run, with the sign-in server as Descope and its Connections: each server gets the credential
// that its file asks for, each caller their own, and none of it is in any output.
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { connectClient, ERAS } from "../support/mcp-clients.ts";
import { jsonOf, sendMcp } from "../support/mcp-request.ts";
import {
  authorizationRequest,
  discover,
  type TokenResponse,
  tokenRequest,
} from "../support/oauth-requests.ts";
import { type RawResponse, valuesOf } from "../support/raw-http.ts";
import { signInAs } from "../support/sign-in-driver.ts";
import { type ExampleGateway, startExampleGateway } from "../support/upstream-credentials/example-gateway.ts";

// The whole stack is bundled and started, on machines that do other things as well.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 90_000 });

const FRIDA = "U2fridaFree00000000000000001";
const PETRA = "U2petraPro000000000000000001";
const USERS = { free: FRIDA, pro: PETRA };
type User = keyof typeof USERS;

const logged: string[] = [];
const responses: string[] = [];
const grants: string[] = [];
let example: ExampleGateway;
let gateway: ExampleGateway["gateway"];
let demo: ExampleGateway["demo"];

beforeAll(async () => {
  example = await startExampleGateway({
    servers: [
      ["whoami-connection", "notes", { cache_seconds: 1 }],
      ["whoami-uncached", "whoami-exchange", { cache_seconds: 0 }],
    ],
    onGrant: (grantType, client) => grants.push(`${grantType} ${client}`),
    onLogLine: (line) => logged.push(line),
  });
  ({ gateway, demo } = example);
});
afterAll(() => example?.close());
afterEach(() => {
  tokens.clear();
  demo.signIn.vault.variant = "ordinary";
  demo.signIn.vault.expiryForm = "epoch_seconds";
  demo.signIn.exchange.denial = undefined;
  for (const user of [FRIDA, PETRA]) demo.signIn.connections.disconnect({ appId: "notes", userId: user });
});

const tokens = new Map<string, Promise<string>>();
const everyToken: Promise<string>[] = [];
const SCOPE = "openid outbound.token.fetch";

/** One token per user and test: what was cached for another token is not used. */
function tokenOf(user: User, scope = SCOPE): Promise<string> {
  const key = `${user} ${scope}`;
  const known = tokens.get(key);
  if (known !== undefined) return known;
  const token = demo.signIn.issueToken({ user, scope });
  everyToken.push(token);
  tokens.set(key, token);
  return token;
}

async function call(
  server: string,
  user: User,
  name: string,
  args: object = {},
  scope?: string,
): Promise<RawResponse> {
  const response = await sendMcp(`${gateway.url}/${server}/mcp`, {
    token: await tokenOf(user, scope),
    body: { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: args } },
    headers: ["Mcp-Protocol-Version", "2025-11-25"],
  });
  responses.push(JSON.stringify(response));
  return response;
}

/** A server of the SDK responds with an event stream. */
function resultOf({ body }: RawResponse): {
  isError?: boolean;
  content: { text: string }[];
  structuredContent?: unknown;
} {
  const [, data] = /^data: (.*)$/m.exec(body) ?? [];
  return JSON.parse(data ?? body).result;
}

const textOf = (response: RawResponse) => resultOf(response).content[0]?.text;

async function credentialAt(
  server: string,
  user: User,
): Promise<{ kind: string; claims: Record<string, unknown> }> {
  const response = await call(server, user, "whoami");
  expect(response.status, response.body).toBe(200);
  return (
    resultOf(response).structuredContent as { credential: { kind: string; claims: Record<string, unknown> } }
  ).credential;
}

/** Presses a button of the page on which accounts are connected. */
async function press(text: string): Promise<void> {
  const page = await (await fetch(demo.signIn.connectionsUrl)).text();
  const [, formKey = ""] = /name="form_key" value="([^"]+)"/.exec(page) ?? [];
  const buttons = [
    ...page.matchAll(/name="(connect|disconnect)" value="([^"]+)"><span class="who"><strong>([^<]+)/g),
  ];
  const [, name = "", value = ""] = buttons.find(([, , , label]) => label === text) ?? [];
  const body = new URLSearchParams({ form_key: formKey, [name]: value });
  const response = await fetch(demo.signIn.connectionsUrl, { method: "POST", body, redirect: "manual" });
  expect(response.status).toBe(303);
}

describe("a Connection", () => {
  it("gives each user their own account, once it is connected on the page", async () => {
    await press("Connect Frida Free");
    await press("Connect Petra Pro");
    await call("notes", "free", "add_note", { text: "Frida's note" });
    await call("notes", "pro", "add_note", { text: "Petra's note" });
    expect(textOf(await call("notes", "free", "list_notes"))).toBe("1. Frida's note");
    expect(textOf(await call("notes", "pro", "list_notes"))).toBe("1. Petra's note");
  });

  it.each(["epoch_seconds", "epoch_milliseconds", "rfc_3339", "zero", "empty", "absent"] as const)(
    "works with each documented form of its expiry: %s",
    async (form) => {
      demo.signIn.vault.expiryForm = form;
      await press("Connect Frida Free");
      expect((await call("notes", "free", "list_notes")).status).toBe(200);
    },
  );

  it("that is missing causes a tool error that says where to connect the account", async () => {
    const response = await call("notes", "free", "list_notes");
    expect(response.status).toBe(200);
    expect(resultOf(response).isError).toBe(true);
    expect(textOf(response)).toContain(`Open ${demo.signIn.connectionsUrl} to connect it`);
  });

  it("that is missing is 403 for other methods, never 401", async () => {
    const response = await sendMcp(`${gateway.url}/notes/mcp`, {
      token: await tokenOf("free"),
      body: { jsonrpc: "2.0", id: 7, method: "tools/list" },
    });
    expect([response.status, jsonOf(response)]).toMatchObject([
      403,
      { id: 7, error: { data: { reason: "connection_required" } } },
    ]);
  });

  it("that one user has connected is not used for another user", async () => {
    await press("Connect Petra Pro");
    expect(textOf(await call("notes", "pro", "list_notes"))).toContain("Petra's note");
    expect(resultOf(await call("notes", "free", "list_notes")).isError).toBe(true);
  });

  it("that is disconnected is used until the cached token expires, and then no longer", async () => {
    await press("Connect Frida Free");
    expect((await credentialAt("whoami-connection", "free")).kind).toBe("opaque");
    await press("Disconnect Frida Free");
    // The service still takes the token. Each process of the proxy may have cached it, for a second from when it was fetched.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const calls = Array.from({ length: 10 }, () => call("whoami-connection", "free", "whoami"));
    expect((await Promise.all(calls)).map((response) => resultOf(response).isError)).toEqual(
      Array(10).fill(true),
    );
  });

  it("whose token the service revoked is used with a fresh token, within the same call", async () => {
    await press("Connect Frida Free");
    await call("notes", "free", "list_notes");
    const account = { appId: "notes", userId: FRIDA };
    demo.signIn.connections.revoke(demo.signIn.connections.token(account)?.accessToken ?? "");
    expect(textOf(await call("notes", "free", "list_notes"))).toContain("Frida's note");
  });

  it.each([
    ["policy_denied", 403, "connection_denied", []],
    ["policy_denied_401", 403, "connection_denied", []],
    ["rate_limited", 503, "upstream_token_limited", ["30"]],
    ["failing", 502, "upstream_token_unavailable", []],
  ] as const)("that Descope denies causes its own error: %s", async (variant, status, reason, retryAfter) => {
    demo.signIn.connections.connect({ appId: "notes", userId: PETRA });
    demo.signIn.vault.variant = variant;
    const token = await demo.signIn.issueToken({ user: "pro", scope: SCOPE });
    const response = await sendMcp(`${gateway.url}/notes/mcp`, { token });
    expect([response.status, jsonOf(response).error.data.reason]).toEqual([status, reason]);
    expect(valuesOf(response, "retry-after")).toEqual(retryAfter);
  });
});

it.each(ERAS)(
  "a client that asks for the scope is served at once after the sign-in, over %s",
  async (era) => {
    const metadata = await discover(demo.signIn.issuer);
    const redirectUri = "http://127.0.0.1:1/callback";
    const { url, verifier } = authorizationRequest(metadata, "local-client", redirectUri, { scope: SCOPE });
    const code = (await signInAs(url, "free")).searchParams.get("code") ?? "";
    const response = await tokenRequest(metadata, {
      ...{ grant_type: "authorization_code", client_id: "local-client", redirect_uri: redirectUri },
      ...{ code, code_verifier: verifier },
    });
    const { access_token: token } = (await response.json()) as TokenResponse;
    const requestInit = { headers: { Authorization: `Bearer ${token}` } };
    const client = await connectClient(`${gateway.url}/notes/mcp`, era, { transport: { requestInit } });
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual([
      "add_note",
      "list_notes",
      "clear_notes",
    ]);
    const { content } = await client.callTool({ name: "add_note", arguments: { text: `over ${era}` } });
    expect(content).toMatchObject([{ text: expect.stringContaining(`over ${era}`) }]);
    await client.close();
  },
);

describe("token exchange", () => {
  it.each(Object.entries(USERS) as [User, string][])(
    "gives the server a token for itself in the name of its caller: %s",
    async (user, subject) => {
      const { kind, claims } = await credentialAt("whoami-exchange", user);
      expect(kind).toBe("jwt");
      expect(claims).toMatchObject({
        iss: `${demo.signIn.baseUrl}/v1/apps/P2ExampleProjectId000000000000`,
        sub: subject,
        aud: "https://reports.example.com/mcp",
        scope: "reports:read",
        act: { sub: "local-gateway" },
      });
    },
  );

  it("happens once per caller and process of the proxy while the token is cached", async () => {
    const token = await demo.signIn.issueToken({ user: "pro", scope: SCOPE });
    const body = { jsonrpc: "2.0", id: 1, method: "tools/list" };
    grants.length = 0;
    for (let calls = 0; calls < 40; calls += 1) {
      expect((await sendMcp(`${gateway.url}/whoami-exchange/mcp`, { token, body })).status).toBe(200);
    }
    const proxy = [...gateway.functions.values()].find(({ spec }) =>
      spec.name.toLowerCase().includes("proxy"),
    );
    expect(grants.length).toBeGreaterThan(0);
    expect(grants.length).toBeLessThanOrEqual(proxy?.pids.length ?? 0);
  });

  it.each(["invalid_target", "access_denied"] as const)(
    "that a policy denies causes a 403: %s",
    async (denial) => {
      demo.signIn.exchange.denial = denial;
      const response = await call("whoami-uncached", "pro", "whoami");
      expect([response.status, jsonOf(response).error.data.reason]).toEqual([403, "exchange_denied"]);
    },
  );
});

it("client credentials, with an assertion signed by the gateway's key, give every caller the same token of the gateway", async () => {
  for (const user of ["free", "pro"] as const) {
    const { kind, claims } = await credentialAt("whoami-client", user);
    expect(kind).toBe("jwt");
    expect(claims).toMatchObject({
      sub: "local-gateway-jwt",
      aud: "https://catalog.example.com/mcp",
      scope: "catalog:read",
    });
  }
});

it("Signature Version 4 has the service and Region of the server file", async () => {
  const response = await call("whoami-signed", "pro", "whoami");
  expect(resultOf(response).structuredContent).toMatchObject({
    credential: { kind: "sigv4", signature: { service: "lambda", region: "eu-central-1" } },
  });
});

describe("tenants", () => {
  it("each get the credential of their own entry", async () => {
    const { claims } = await credentialAt("whoami-tenants", "pro");
    expect(claims).toMatchObject({ aud: "https://pro-orchestras.example.com/mcp", sub: PETRA });
  });

  it("without an entry get the server's default: no credential here", async () => {
    const response = await call("whoami-tenants", "free", "whoami");
    expect(resultOf(response).structuredContent).toMatchObject({ credential: null });
  });
});

it("200 requests at the same time, of two users to four servers, each carry the right credential", async () => {
  const expected = {
    "whoami-exchange": (user: User) => ({ sub: USERS[user], aud: "https://reports.example.com/mcp" }),
    "whoami-uncached": (user: User) => ({ sub: USERS[user], aud: "https://reports.example.com/mcp" }),
    "whoami-client": () => ({ sub: "local-gateway-jwt", aud: "https://catalog.example.com/mcp" }),
    "whoami-tenants": (user: User) =>
      user === "pro" ? { sub: PETRA, aud: "https://pro-orchestras.example.com/mcp" } : null,
  };
  const names = Object.keys(expected) as (keyof typeof expected)[];
  const calls = Array.from({ length: 200 }, async (_, at) => {
    const name = names[at % names.length] ?? "whoami-exchange";
    const user = at % 3 === 0 ? "free" : "pro";
    const response = await call(name, user, "whoami");
    const { credential } = resultOf(response).structuredContent as { credential: { claims: object } | null };
    const wanted = expected[name](user);
    if (wanted === null) expect(credential).toBeNull();
    else expect(credential?.claims, `${name} ${user}`).toMatchObject(wanted);
  });
  await Promise.all(calls);
});

it("no credential is in a log line or in a response", async () => {
  const output = [...logged, ...responses].join("\n");
  expect(logged.length).toBeGreaterThan(50);
  for (const token of await Promise.all(everyToken)) expect(output).not.toContain(token);
  expect(output).not.toMatch(/local-gateway-secret|notes-[\w-]{32}|eyJ[\w-]+\.[\w-]+\.[\w-]+|Signature=/);
});
