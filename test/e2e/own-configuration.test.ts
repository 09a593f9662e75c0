// `npm start -- --config DIR`: a user's own gateway as a process, with third-party authorization servers and a server
// behind it; edits of the files while it runs, and its shutdown.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Provider } from "oidc-provider";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { writeGatewayConfig } from "../support/gateway-stand.ts";
import { type LoopbackServer, startHttp } from "../support/loopback-server.ts";
import { jsonOf, sendMcp } from "../support/mcp-request.ts";
import { childrenOf } from "../support/processes.ts";
import { type Recorder, recordedValues, startRecorder } from "../support/recorder-server.ts";
import { startTokenIssuer, type TokenIssuer } from "../support/token-issuer.ts";

// The whole stack is bundled and started twice.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 90_000 });

const MAIN = join(import.meta.dirname, "../../local/main.ts");
const AUDIENCE = "https://tools.example.com";
const SECRET = "/mcp-gateway-secrets/local/tools-key";

let recorder: Recorder;
let issuer: TokenIssuer;
let oidc: { server: LoopbackServer; issuer: string };
let configDir: string;
let gateway: { child: ChildProcess; url: string; output: () => string };

beforeAll(async () => {
  [recorder, issuer, oidc] = await Promise.all([startRecorder(), startTokenIssuer(), startOidcProvider()]);
  configDir = writeGatewayConfig(issuer, recorder, {
    gateway: {
      jwt_validation: {
        jwksUri: `${oidc.issuer}/jwks`,
        claimValues: { iss: { values: oidc.issuer }, aud: { values: AUDIENCE, matchType: "contains" } },
      },
      user_identity_forwarding: { method: "claims_header", include_claims: ["sub", "scope"] },
    },
    servers: {
      common: {},
      own: { jwt_validation: issuer.jwtValidation },
      keyed: {
        jwt_validation: issuer.jwtValidation,
        headers: { "X-Api-Key": `Key {{ssm:${SECRET}}}` },
      },
    },
  });
  writeFileSync(secretsFile(), JSON.stringify({ [SECRET]: "k3y-of-the-test" }), { mode: 0o600 });
  gateway = await startMain(configDir);
});
afterAll(async () => {
  gateway?.child.kill("SIGKILL");
  await Promise.all([recorder?.close(), issuer?.close(), oidc?.server.close()]);
  if (configDir !== undefined) rmSync(configDir, { recursive: true });
});

/** `oidc-provider` with its defaults and one client that gets JWTs for a resource. */
async function startOidcProvider() {
  // It warns that its defaults are for development.
  for (const method of ["info", "warn"] as const) vi.spyOn(console, method).mockImplementation(() => {});
  const starting: { provider?: Provider } = {};
  const server = await startHttp(
    (request, response) => void starting.provider?.callback()(request, response),
  );
  const issuer = `http://127.0.0.1:${server.port}`;
  starting.provider = new Provider(issuer, {
    clients: [
      {
        client_id: "agent",
        client_secret: "agent-secret",
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
      },
    ],
    features: {
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: async () => ({
          scope: "tools:use",
          audience: AUDIENCE,
          accessTokenFormat: "jwt",
        }),
      },
    },
  });
  return { server, issuer };
}

async function oidcToken(): Promise<string> {
  const response = await fetch(`${oidc.issuer}/token`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa("agent:agent-secret")}` },
    body: new URLSearchParams({ grant_type: "client_credentials", resource: AUDIENCE, scope: "tools:use" }),
  });
  return ((await response.json()) as { access_token: string }).access_token;
}

async function startMain(directory: string) {
  const flags = ["--config", directory, "--port", "0", "--no-demo", "--secrets", secretsFile()];
  const child = spawn(process.execPath, [MAIN, ...flags], { stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (text) => (printed += text));
  const output = () => printed;
  let closed = false;
  child.once("close", () => {
    closed = true;
  });
  await until(() => /^ready$/m.test(printed) || closed);
  return { child, output, url: /http:\/\/127\.0\.0\.1:\d+(?=\/health)/.exec(printed)?.[0] ?? printed };
}

/** Next to the configuration, not part of it. */
function secretsFile(): string {
  return join(configDir, "values.json");
}

/** Polls a condition; the test's timeout ends it. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50));
}

const endpoint = (server: string) => `${gateway.url}/${server}/mcp`;

/** With a token that has no cached decision. */
async function statusWithNewToken(server: string): Promise<number> {
  const token = await issuer.token({ jti: crypto.randomUUID() });
  return (await sendMcp(endpoint(server), { token })).status;
}

describe("npm start with your own configuration", () => {
  it("prints its URLs, but neither a demo nor a token", async () => {
    expect(gateway.output()).toContain(`${gateway.url}/common/mcp`);
    expect(gateway.output()).toContain("Bearer <access token>");
    expect((await sendMcp(`${gateway.url}/health`, { method: "GET", body: null })).body).toBe(
      '{"status":"ok"}',
    );
  });

  it("allows tokens of an authorization server only at the servers that use it", async () => {
    const ours = await issuer.token();
    const theirs = await oidcToken();
    const statuses = [];
    for (const [server, token] of [
      ["common", theirs],
      ["own", ours],
      ["common", ours],
      ["own", theirs],
    ] as const) {
      statuses.push((await sendMcp(endpoint(server), { token })).status);
    }
    expect(statuses).toEqual([200, 200, 401, 401]);
    expect(recorder.requests.map((request) => recordedValues(request, "x-user-claims"))).toEqual([
      ['{"sub":"agent","scope":"tools:use"}'],
      ['{"sub":"U2alice"}'],
    ]);
  });

  it.each([
    ["/.well-known/oauth-protected-resource", "", () => oidc.issuer],
    ["/.well-known/oauth-protected-resource/common/mcp", "/common/mcp", () => oidc.issuer],
    ["/.well-known/oauth-protected-resource/own/mcp", "/own/mcp", () => issuer.issuer],
  ])("directs clients to the authorization server of %s", async (path, resource, authorizationServer) => {
    const document = jsonOf(await sendMcp(`${gateway.url}${path}`, { method: "GET", body: null }));
    expect(document).toMatchObject({
      resource: `${gateway.url}${resource}`,
      authorization_servers: [authorizationServer()],
      bearer_methods_supported: ["header"],
    });
  });

  it("applies edits of its files, and keeps the last valid ones if a file is invalid", async () => {
    const file = join(configDir, "servers", "own.json");
    const good = { url: recorder.url, jwt_validation: issuer.jwtValidation };
    writeFileSync(file, JSON.stringify({ ...good, enabled: false }));
    // The gateway's rules apply to a disabled server: these tokens do not satisfy them.
    await until(async () => (await statusWithNewToken("own")) === 401);

    writeFileSync(file, JSON.stringify(good));
    await until(async () => (await statusWithNewToken("own")) === 200);

    writeFileSync(file, '{ "url": ');
    await until(() => gateway.output().includes("Not applied, the last valid configuration stays in effect"));
    expect(gateway.output()).toMatch(/own\.json:1: /);
    expect(await statusWithNewToken("own")).toBe(200);

    writeFileSync(
      file,
      JSON.stringify({ ...good, jwt_validation: { ...issuer.jwtValidation, requiredClaims: ["email"] } }),
    );
    await until(async () => (await statusWithNewToken("own")) === 403);
  });

  it("replaces secret references by the values of a file, including added ones", async () => {
    recorder.reset();
    expect(await statusWithNewToken("keyed")).toBe(200);
    writeFileSync(secretsFile(), JSON.stringify({ [SECRET]: "k3y-of-the-test", "/added:live": "4dded" }));
    const server = { url: recorder.url, jwt_validation: issuer.jwtValidation };
    const headers = { "X-Api-Key": "{{ssm:/added:live}}" };
    writeFileSync(join(configDir, "servers", "added.json"), JSON.stringify({ ...server, headers }));
    await until(async () => (await statusWithNewToken("added")) === 200);
    expect(recorder.requests.map((request) => recordedValues(request, "x-api-key"))).toEqual([
      ["Key k3y-of-the-test"],
      ["4dded"],
    ]);
    expect(gateway.output()).not.toMatch(/k3y-of-the-test|4dded/);
  });

  it("exits cleanly on SIGTERM, and leaves no process", async () => {
    const children = childrenOf(gateway.child.pid ?? 0);
    expect(children.length).toBeGreaterThanOrEqual(3);
    gateway.child.kill("SIGTERM");
    const [code] = await once(gateway.child, "exit");
    expect(code).toBe(0);
    for (const pid of children) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });
});

it("does not start from an invalid folder, and reports all errors", async () => {
  writeFileSync(join(configDir, "servers", "own.json"), '{"url":"http://tools.example.com/mcp"}');
  writeFileSync(
    join(configDir, "servers", "common.json"),
    '{"url":"https://tools.example.com/mcp","enabeld":true}',
  );
  const { child, output } = await startMain(configDir);
  expect(child.exitCode).toBe(1);
  expect(output()).toMatch(/servers\/own\.json:1: url: expected https/);
  expect(output()).toMatch(/servers\/common\.json:1: enabeld: .*"enabled"/);
});

it("does not start if a secret reference has no value, and says where to add it", async () => {
  writeFileSync(join(configDir, "servers", "own.json"), '{"url":"https://tools.example.com/mcp"}');
  writeFileSync(join(configDir, "servers", "common.json"), '{"url":"https://tools.example.com/mcp"}');
  writeFileSync(secretsFile(), JSON.stringify({ "/added:live": "4dded" }));
  const { child, output } = await startMain(configDir);
  expect(child.exitCode).toBe(1);
  expect(output()).toContain(
    `servers/keyed.json: {{ssm:${SECRET}}} has no value on this machine.\nPut into ${secretsFile()}: {"${SECRET}":"the value"}`,
  );
  expect(output()).not.toContain("4dded");
});
