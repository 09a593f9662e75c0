// `cdk deploy` of the stack into an AWS emulator, then real MCP clients through the deployed API. Responses are buffered, and the
// authorizer's cache is off, because the emulator does not support context variables as identity sources.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startWhoami } from "../../local/downstream/whoami.ts";
import { clientHome } from "../clients/client-home.ts";
import { runInspector } from "../clients/program-clients.ts";
import { connectClient, ERAS } from "../support/mcp-clients.ts";
import { jsonOf, sendMcp, toolCall } from "../support/mcp-request.ts";
import { rawRequest, valuesOf } from "../support/raw-http.ts";
import { startTokenIssuer, type TokenIssuer } from "../support/token-issuer.ts";
import { adaptTemplates } from "./adapted-template.ts";
import { type EmulatedAws, startEmulatedAws } from "./emulated-aws.ts";

const PUBLIC_URL = "https://mcp.acme.com";
const PREFIX = "/mcp-gateway/dev";
const LIMIT = {
  name: "few",
  per: ["sub"],
  tools: ["greet"],
  limit: 2,
  window: "1d",
  on_store_failure: "deny",
};
const TOOLS = ["whoami", "greet", "pro_report"];

let directory: string;
let aws: EmulatedAws;
let issuer: TokenIssuer;
let whoami: Awaited<ReturnType<typeof startWhoami>>;
let api: string;
let token: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "emulator-"));
  [aws, issuer, whoami] = await Promise.all([
    startEmulatedAws(),
    startTokenIssuer(PUBLIC_URL),
    startWhoami(),
  ]);
  token = await issuer.token();
  const identity = { method: "jwt_header", include_claims: ["sub"] };
  const rules = { jwt_validation: issuer.jwtValidation, user_identity_forwarding: identity };
  mkdirSync(join(directory, "config/servers"), { recursive: true });
  const write = (file: string, value: object) =>
    writeFileSync(join(directory, "config", file), JSON.stringify(value));
  write("gateway.json", { public_url: PUBLIC_URL, ...rules });
  write("servers/whoami.json", { url: whoami.url, rate_limits: [LIMIT] });

  await aws.bootstrap();
  api = await deploy({});
});
afterAll(async () => {
  await Promise.all([aws?.close(), issuer?.close(), whoami?.close()]);
  rmSync(directory, { recursive: true });
});

/** Deploys with a settings file; returns the API's URL. */
async function deploy(settings: Record<string, unknown>, ...more: string[]): Promise<string> {
  const [assembly, outputs] = [join(directory, "assembly"), join(directory, "outputs.json")];
  rmSync(assembly, { recursive: true, force: true });
  const file = join(directory, "settings.json");
  const held = settings["config"] === "external" ? {} : { configDir: "config" };
  const all = { stage: "dev", protection: "disposable", authorizerCacheTtl: 0, ...held, ...settings };
  writeFileSync(file, JSON.stringify(all));
  await aws.cdk("synth", "--quiet", "--output", assembly, "-c", `settings=${file}`);
  adaptTemplates(assembly);
  const unattended = ["--require-approval", "never", "--outputs-file", outputs];
  await aws.cdk("deploy", "--app", assembly, "--all", ...unattended, ...more);
  const [stack] = Object.values(JSON.parse(readFileSync(outputs, "utf8"))) as Record<string, string>[];
  const { hostname } = new URL(stack?.["ExecuteApiUrl"] ?? "");
  return `${aws.url}/_aws/execute-api/${hostname.split(".")[0]}/dev`;
}

const endpoint = () => `${api}/whoami/mcp`;

it("challenges a request without a token", async () => {
  const response = await sendMcp(endpoint());
  expect(response.status).toBe(401);
  expect(valuesOf(response, "WWW-Authenticate")).toEqual([`Bearer realm="${PUBLIC_URL}"`]);
  expect(jsonOf(response).error.data.reason).toBe("unauthorized");
});

it("challenges a request with an unknown token", async () => {
  expect((await sendMcp(endpoint(), { token: "no.such.token" })).status).toBe(401);
});

it.each(ERAS)("allows the official client to list tools with a token, at %s", async (era) => {
  const requestInit = { headers: { Authorization: `Bearer ${token}` } };
  const client = await connectClient(endpoint(), era, { transport: { requestInit } });
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(TOOLS);
  await client.close();
});

it("allows the inspector to list tools with a token", async () => {
  const home = clientHome("free");
  const access = ["--header", `Authorization: Bearer ${token}`];
  const { result } = await runInspector(endpoint(), home, "--method", "tools/list", ...access);
  home.remove();
  expect(result.tools?.map(({ name }: { name: string }) => name)).toEqual(TOOLS);
});

it("sends the server an identity JWT signed by KMS", async () => {
  const client = await connectClient(endpoint(), "2026-07-28", {
    transport: { requestInit: { headers: { Authorization: `Bearer ${token}` } } },
  });
  const { structuredContent } = await client.callTool({ name: "whoami", arguments: {} });
  expect(structuredContent).toMatchObject({
    jwt: { payload: { sub: "U2alice", iss: PUBLIC_URL } },
    authorization: null,
  });
  await client.close();
});

it("denies a call beyond a rate limit, which the deployed table has counted", async () => {
  const own = await issuer.token({ sub: "U2limited" });
  const call = { token: own, body: toolCall("greet") };
  const statuses = [];
  for (let count = 0; count < 3; count++) statuses.push((await sendMcp(endpoint(), call)).status);
  expect(statuses).toEqual([200, 200, 429]);
});

it("publishes its metadata and the signing key", async () => {
  const metadata = await rawRequest(`${api}/.well-known/oauth-protected-resource`);
  expect(jsonOf(metadata)).toMatchObject({ resource: PUBLIC_URL, authorization_servers: [issuer.issuer] });
  const keys = await rawRequest(`${api}/.well-known/jwks.json`);
  expect(jsonOf(keys).keys).toMatchObject([{ kty: "EC", crv: "P-256" }]);
});

async function publishedKeys(): Promise<string[]> {
  const response = await rawRequest(`${api}/.well-known/jwks.json`);
  return jsonOf(response).keys.map(({ kid }: { kid: string }) => kid);
}

it("keeps a rotation of the signing key in a deployment without that setting", async () => {
  const [first] = await publishedKeys();
  await deploy({}, "--parameters", "SigningKeyGenerations=1,2");
  const rotating = await publishedKeys();
  expect(rotating).toEqual([first, expect.any(String)]);
  // Like an older checkout: other settings, without the rotation.
  await deploy({ tracing: true });
  expect(await publishedKeys()).toEqual(rotating);
});

it("keeps serving when the configuration changes from the stack to config push", async () => {
  await deploy({ config: "retained" });
  await deploy({ config: "external", publicUrl: PUBLIC_URL, rateLimits: true });
  expect(await aws.parameterNames(PREFIX)).toEqual([`${PREFIX}/gateway`, `${PREFIX}/servers/whoami`]);
  expect((await sendMcp(endpoint(), { token })).status).toBe(200);
  const unchanged = await aws.config("diff", join(directory, "config"), "--prefix", PREFIX);
  expect(unchanged).toContain(`same     ${PREFIX}/servers/whoami`);
  writeFileSync(join(directory, "config/servers/second.json"), JSON.stringify({ url: whoami.url }));
  await aws.config("push", join(directory, "config"), "--prefix", PREFIX, "--yes");
  expect(await aws.parameterNames(PREFIX)).toContain(`${PREFIX}/servers/second`);
});
