// `cdk deploy` of the stack into an AWS emulator, then real MCP clients through the deployed API. Answers are buffered there, and the
// authorizer's cache is off: the emulator knows no context variable as an identity source.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startWhoami } from "../../infra/local/downstream/whoami.ts";
import { clientHome } from "../clients/client-home.ts";
import { runInspector } from "../clients/program-clients.ts";
import { connectClient, ERAS } from "../support/mcp-clients.ts";
import { jsonOf, sendMcp } from "../support/mcp-request.ts";
import { rawRequest, valuesOf } from "../support/raw-http.ts";
import { startTokenIssuer, type TokenIssuer } from "../support/token-issuer.ts";
import { adaptTemplates } from "./adapted-template.ts";
import { type EmulatedAws, startEmulatedAws } from "./emulated-aws.ts";

const PUBLIC_URL = "https://mcp.example.com";
const TOOLS = ["whoami", "greet", "pro_report"];

let directory: string;
let aws: EmulatedAws;
let issuer: TokenIssuer;
let whoami: Awaited<ReturnType<typeof startWhoami>>;
let api: string;
let token: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "emulator-"));
  [aws, issuer, whoami] = await Promise.all([startEmulatedAws(), startTokenIssuer(), startWhoami()]);
  token = await issuer.token();
  const identity = { method: "jwt_header", include_claims: ["sub"] };
  const rules = { jwt_validation: issuer.jwtValidation, user_identity_forwarding: identity };
  mkdirSync(join(directory, "config/servers"), { recursive: true });
  const write = (file: string, value: object) =>
    writeFileSync(join(directory, "config", file), JSON.stringify(value));
  write("gateway.json", { public_url: PUBLIC_URL, ...rules });
  write("servers/whoami.json", { url: whoami.url });

  const [assembly, outputs] = [join(directory, "assembly"), join(directory, "outputs.json")];
  await aws.bootstrap();
  const settings = [`configDir=${join(directory, "config")}`, "stage=dev", "authorizerCacheTtl=0"];
  await aws.cdk("synth", "--quiet", "--output", assembly, ...settings.flatMap((each) => ["-c", each]));
  adaptTemplates(assembly);
  const unattended = ["--require-approval", "never", "--outputs-file", outputs];
  await aws.cdk("deploy", "--app", assembly, "--all", ...unattended);
  const [stack] = Object.values(JSON.parse(readFileSync(outputs, "utf8"))) as Record<string, string>[];
  const { hostname } = new URL(stack?.["ExecuteApiUrl"] ?? "");
  api = `${aws.url}/_aws/execute-api/${hostname.split(".")[0]}/dev`;
});
afterAll(async () => {
  await Promise.all([aws?.close(), issuer?.close(), whoami?.close()]);
  rmSync(directory, { recursive: true });
});

const endpoint = () => `${api}/whoami/mcp`;

it("challenges a request without a token", async () => {
  const answer = await sendMcp(endpoint());
  expect(answer.status).toBe(401);
  expect(valuesOf(answer, "WWW-Authenticate")).toEqual([`Bearer realm="${PUBLIC_URL}"`]);
  expect(jsonOf(answer).error.data.reason).toBe("unauthorized");
});

it("challenges a token of nobody's", async () => {
  expect((await sendMcp(endpoint(), { token: "no.such.token" })).status).toBe(401);
});

it.each(ERAS)("lets the official client list tools with a token, at %s", async (era) => {
  const requestInit = { headers: { Authorization: `Bearer ${token}` } };
  const client = await connectClient(endpoint(), era, { transport: { requestInit } });
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(TOOLS);
  await client.close();
});

it("lets the inspector list tools with a token", async () => {
  const home = clientHome("free");
  const access = ["--header", `Authorization: Bearer ${token}`];
  const { result } = await runInspector(endpoint(), home, "--method", "tools/list", ...access);
  home.remove();
  expect(result.tools?.map(({ name }: { name: string }) => name)).toEqual(TOOLS);
});

it("sends the server an identity that KMS has signed", async () => {
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

it("publishes its metadata and the key that signs", async () => {
  const metadata = await rawRequest(`${api}/.well-known/oauth-protected-resource`);
  expect(jsonOf(metadata)).toMatchObject({ resource: PUBLIC_URL, authorization_servers: [issuer.issuer] });
  const keys = await rawRequest(`${api}/.well-known/jwks.json`);
  expect(jsonOf(keys).keys).toMatchObject([{ kty: "EC", crv: "P-256" }]);
});
