// Tokens of the Descope double through the running gateway: every kind that it signs with one key, and every form of issuer that one
// Descope project writes. What counts is the response on the wire and that nothing else reached the server behind.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ACCESS_TOKEN_KINDS, encryptedToken, TOKEN_KINDS } from "../../local/sign-in/token-kinds.ts";
import { startSignInStand } from "../support/gateway-stand.ts";
import { jsonOf, sendMcp } from "../support/mcp-request.ts";

const P = "P2kinds";
const OWN = "MS2kinds";
let stand: Awaited<ReturnType<typeof startSignInStand>>;

beforeAll(async () => {
  stand = await startSignInStand(
    { project_id: P, mcp_server_id: OWN },
    {
      tools: {},
      exact: { descope: { mcp_server_id: OWN, issuers: "agentic" } },
      bound: { descope: { mcp_server_id: OWN, audience: "https://other.example.com" } },
      own: { descope: { mcp_server_id: "RS2own" } },
    },
  );
});
afterAll(() => stand?.close());
beforeEach(() => stand.recorder.reset());

async function ask(token: string, server = "tools"): Promise<number> {
  const { status } = await sendMcp(stand.endpoint(server), { token });
  expect(stand.recorder.requests).toHaveLength(status === 200 ? 1 : 0);
  stand.recorder.reset();
  return status;
}

describe("a token of the kind", () => {
  it.each(Object.keys(TOKEN_KINDS))("%s is allowed only if it is an access token", async (kind) => {
    const token = await stand.signIn.issueToken({ user: "pro", kind });
    const isAccessToken = (ACCESS_TOKEN_KINDS as readonly string[]).includes(kind);
    expect(await ask(token)).toBe(isAccessToken ? 200 : 401);
  });

  it("JWE gets 401", async () => {
    expect(await ask(encryptedToken())).toBe(401);
  });

  it.each(["tools", "unlisted"])(
    "that is too long gets that error instead of a challenge (%s)",
    async (server) => {
      const token = await stand.signIn.issueToken({ user: "pro", claims: { padding: "x".repeat(6200) } });
      const response = await sendMcp(stand.endpoint(server), { token });
      expect(response.status).toBe(403);
      expect(jsonOf(response).error).toMatchObject({
        code: 403,
        message: expect.stringContaining(
          "The access token is too long for this gateway: at most 8192 bytes, got ",
        ),
        data: { reason: "token_too_long" },
      });
      expect(response.body).not.toContain("sign in");
      expect(stand.recorder.requests).toEqual([]);
    },
  );
});

describe("Descope's issuer family (FastMCP #4908: one exact form locked out every real token)", () => {
  const token = (iss: string, aud: unknown) => stand.signIn.issueToken({ user: "pro", claims: { iss, aud } });
  const agentic = (id = OWN) => `${stand.signIn.baseUrl}/v1/apps/agentic/${P}/${id}`;
  const forms = (): string[] => [
    `${stand.signIn.baseUrl}/v1/apps/${P}`,
    `${stand.signIn.baseUrl}/v1/apps/customized/${P}`,
    `${stand.signIn.baseUrl}/v1/apps/${P}/T2acme`,
    `${stand.signIn.baseUrl}/${P}`,
    agentic("RS2other"),
  ];

  it.each<[string, () => unknown]>([
    ["without aud", () => undefined],
    ["with the project id in aud", () => [P]],
    ["with another aud", () => "https://other.example.com"],
    ["with this gateway's URL in aud", () => stand.url],
  ])("allows the MCP Server's own issuer %s", async (_, aud) => {
    expect(await ask(await token(agentic(), aud()))).toBe(200);
  });

  it.each([0, 1, 2, 3, 4])("allows another form only with this gateway in aud (form %i)", async (at) => {
    const iss = forms()[at] as string;
    for (const aud of [stand.url, [P, stand.url], `${stand.url}/mcp`, [`${stand.url}/tools/mcp`]]) {
      expect(await ask(await token(iss, aud))).toBe(200);
    }
    const others = [
      undefined,
      P,
      [P, "C2"],
      "https://other.example.com",
      `${stand.url}/`,
      `${stand.url}/own/mcp`,
    ];
    for (const aud of others) expect(await ask(await token(iss, aud))).toBe(401);
  });

  it("denies every other issuer, for any aud", async () => {
    const base = stand.signIn.baseUrl;
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
      expect([iss, await ask(await token(iss, stand.url))]).toEqual([iss, 401]);
    }
    for (const iss of [undefined, null, "", 7, [agentic()], { iss: agentic() }]) {
      const claims = { iss, aud: stand.url };
      expect(await ask(await stand.signIn.issueToken({ user: "pro", claims }))).toBe(401);
    }
  });

  it("allows only the issuers of an exact list", async () => {
    expect(await ask(await token(agentic(), undefined), "exact")).toBe(200);
    for (const iss of forms()) expect(await ask(await token(iss, stand.url), "exact")).toBe(401);
  });

  it("requires a configured audience for every form", async () => {
    for (const iss of [agentic(), ...forms()]) {
      expect(await ask(await token(iss, "https://other.example.com"), "bound")).toBe(200);
      expect(await ask(await token(iss, `${stand.url}/bound/mcp`), "bound")).toBe(200);
      expect(await ask(await token(iss, undefined), "bound")).toBe(401);
    }
  });

  it("requires the server's own URL in aud for a server with its own MCP Server", async () => {
    expect(await ask(await token(agentic("RS2own"), undefined), "own")).toBe(200);
    expect(await ask(await token(agentic(), stand.url), "own")).toBe(401);
    for (const iss of [agentic(), ...forms()]) {
      expect(await ask(await token(iss, `${stand.url}/own/mcp`), "own")).toBe(200);
      expect(await ask(await token(iss, stand.url), "own")).toBe(401);
    }
  });
});
