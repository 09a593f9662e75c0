// Tokens of the Descope double through the running gateway: every kind that it signs with one key, and every form of issuer that one
// Descope project writes. What counts is the response on the wire and that nothing else reached the server behind.
import { rmSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type LocalGateway, startGateway } from "../../local/gateway.ts";
import { type SignInServer, startSignIn } from "../../local/sign-in/sign-in-server.ts";
import { ACCESS_TOKEN_KINDS, encryptedToken, TOKEN_KINDS } from "../../local/sign-in/token-kinds.ts";
import { writeGatewayConfig } from "../support/gateway-stand.ts";
import { jsonOf, sendMcp } from "../support/mcp-request.ts";
import { type Recorder, startRecorder } from "../support/recorder-server.ts";
import { RUNTIME_UNDER_TEST } from "../support/runtime-under-test.ts";
import { startTokenIssuer, type TokenIssuer } from "../support/token-issuer.ts";

const P = "P2kinds";
const OWN = "MS2kinds";
let gateway: LocalGateway;
let signIn: SignInServer;
let recorder: Recorder;
let issuer: TokenIssuer;
let configDir: string;

beforeAll(async () => {
  [recorder, issuer] = await Promise.all([startRecorder(), startTokenIssuer()]);
  const ids = { project_id: P, mcp_server_id: OWN };
  configDir = writeGatewayConfig(issuer, recorder, {
    gateway: { jwt_validation: undefined, descope: ids },
    servers: {
      tools: {},
      exact: { descope: { mcp_server_id: OWN, issuers: "agentic" } },
      bound: { descope: { mcp_server_id: OWN, audience: "https://other.example.com" } },
      own: { descope: { mcp_server_id: "RS2own" } },
    },
  });
  gateway = await startGateway({
    configDir,
    port: 0,
    runtime: RUNTIME_UNDER_TEST,
    overlay: async (publicUrl) => {
      signIn = await startSignIn({
        projectId: P,
        mcpServerId: OWN,
        resource: publicUrl,
        resources: [publicUrl],
        scopes: [],
      });
      return { descopeBaseUrl: signIn.baseUrl };
    },
  });
});
afterAll(async () => {
  await gateway?.close();
  await Promise.all([signIn?.close(), recorder?.close(), issuer?.close()]);
  rmSync(configDir, { recursive: true });
});
beforeEach(() => recorder.reset());

async function ask(token: string, server = "tools"): Promise<number> {
  const { status } = await sendMcp(`${gateway.url}/${server}/mcp`, { token });
  expect(recorder.requests).toHaveLength(status === 200 ? 1 : 0);
  recorder.reset();
  return status;
}

describe("a token of the kind", () => {
  it.each(Object.keys(TOKEN_KINDS))("%s is allowed only if it is an access token", async (kind) => {
    const token = await signIn.issueToken({ user: "pro", kind });
    const isAccessToken = (ACCESS_TOKEN_KINDS as readonly string[]).includes(kind);
    expect(await ask(token)).toBe(isAccessToken ? 200 : 401);
  });

  it("JWE gets 401", async () => {
    expect(await ask(encryptedToken())).toBe(401);
  });

  it.each(["tools", "unlisted"])(
    "that is too long gets that error instead of a challenge (%s)",
    async (server) => {
      const token = await signIn.issueToken({ user: "pro", claims: { padding: "x".repeat(6200) } });
      const response = await sendMcp(`${gateway.url}/${server}/mcp`, { token });
      expect(response.status).toBe(403);
      expect(jsonOf(response).error).toMatchObject({
        code: 403,
        message: expect.stringContaining(
          "The access token is too long for this gateway: at most 8192 bytes, got ",
        ),
        data: { reason: "token_too_long" },
      });
      expect(response.body).not.toContain("sign in");
      expect(recorder.requests).toEqual([]);
    },
  );
});

describe("Descope's issuer family (FastMCP #4908: one exact form locked out every real token)", () => {
  const token = (iss: string, aud: unknown) => signIn.issueToken({ user: "pro", claims: { iss, aud } });
  const agentic = (id = OWN) => `${signIn.baseUrl}/v1/apps/agentic/${P}/${id}`;
  const forms = (): string[] => [
    `${signIn.baseUrl}/v1/apps/${P}`,
    `${signIn.baseUrl}/v1/apps/customized/${P}`,
    `${signIn.baseUrl}/v1/apps/${P}/T2acme`,
    `${signIn.baseUrl}/${P}`,
    agentic("RS2other"),
  ];

  it.each<[string, () => unknown]>([
    ["without aud", () => undefined],
    ["with the project id in aud", () => [P]],
    ["with another aud", () => "https://other.example.com"],
    ["with this gateway's URL in aud", () => gateway.url],
  ])("allows the MCP Server's own issuer %s", async (_, aud) => {
    expect(await ask(await token(agentic(), aud()))).toBe(200);
  });

  it.each([0, 1, 2, 3, 4])("allows another form only with this gateway in aud (form %i)", async (at) => {
    const iss = forms()[at] as string;
    for (const aud of [gateway.url, [P, gateway.url], `${gateway.url}/mcp`, [`${gateway.url}/tools/mcp`]]) {
      expect(await ask(await token(iss, aud))).toBe(200);
    }
    const others = [
      undefined,
      P,
      [P, "C2"],
      "https://other.example.com",
      `${gateway.url}/`,
      `${gateway.url}/own/mcp`,
    ];
    for (const aud of others) expect(await ask(await token(iss, aud))).toBe(401);
  });

  it("denies every other issuer, for any aud", async () => {
    const base = signIn.baseUrl;
    for (const iss of [
      P,
      base,
      `${base}/`,
      `${base}/P2other`,
      `${base}/v1/apps/P2other`,
      `${base}/v1/apps/agentic/P2other/${OWN}`,
      `${base}/v1/apps/${P}/`,
      `${base}/v1/apps/${P}/T2acme/x`,
      `${base}/v1/apps/${P}/x`,
      `${base}/v1/apps/customized/${P}/../x`,
      `${base}/v1/apps/other/${P}`,
      `${base}/v1/apps/tenant/${P}`,
      `${base}/v1/apps//${P}`,
      `${base}/v1/apps/agentic/${P}`,
      `${base}/v1/apps/agentic/${P}/`,
      `${base}/v1/apps/agentic/${P}/${OWN}/x`,
      `${agentic()}/`,
      `${agentic()}\n`,
      `${base}.example.com/v1/apps/${P}`,
      `https://evil.example.com/v1/apps/${P}`,
    ]) {
      expect([iss, await ask(await token(iss, gateway.url))]).toEqual([iss, 401]);
    }
    for (const iss of [undefined, null, "", 7, [agentic()], { iss: agentic() }]) {
      const claims = { iss, aud: gateway.url };
      expect(await ask(await signIn.issueToken({ user: "pro", claims }))).toBe(401);
    }
  });

  it("allows only the issuers of an exact list", async () => {
    expect(await ask(await token(agentic(), undefined), "exact")).toBe(200);
    for (const iss of forms()) expect(await ask(await token(iss, gateway.url), "exact")).toBe(401);
  });

  it("requires a configured audience for every form", async () => {
    for (const iss of [agentic(), ...forms()]) {
      expect(await ask(await token(iss, "https://other.example.com"), "bound")).toBe(200);
      expect(await ask(await token(iss, `${gateway.url}/bound/mcp`), "bound")).toBe(200);
      expect(await ask(await token(iss, undefined), "bound")).toBe(401);
    }
  });

  it("requires the server's own URL in aud for a server with its own MCP Server", async () => {
    expect(await ask(await token(agentic("RS2own"), undefined), "own")).toBe(200);
    expect(await ask(await token(agentic(), gateway.url), "own")).toBe(401);
    for (const iss of [agentic(), ...forms()]) {
      expect(await ask(await token(iss, `${gateway.url}/own/mcp`), "own")).toBe(200);
      expect(await ask(await token(iss, gateway.url), "own")).toBe(401);
    }
  });
});
