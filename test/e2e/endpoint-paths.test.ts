// Paths and methods that clients send besides those of MCP. A slash at the end of a URL: API Gateway selects the same route, and clients do
// configure such URLs (FastMCP #991, LiteLLM #23688).
import { afterAll, beforeAll, expect, it } from "vitest";
import { type GatewayStand, startStand } from "../support/gateway-stand.ts";
import { sendMcp } from "../support/mcp-request.ts";
import { rawRequest } from "../support/raw-http.ts";

let stand: GatewayStand;
let token: string;

beforeAll(async () => {
  stand = await startStand({ gateway: { combined: { servers: "all" } }, servers: { tools: {} } });
  token = await stand.issuer.token();
});
afterAll(() => stand?.close());

it.each(["/tools/mcp", "/mcp"])("an endpoint is the same with a slash at its end: %s", async (path) => {
  const send = (url: string, sent?: string) => sendMcp(url, sent === undefined ? {} : { token: sent });
  const url = stand.url + path;
  // The first result is cached by token and path.
  const responses = [await send(`${url}/`, token), await send(url, token), await send(`${url}/`, token)];
  expect(responses.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect((await send(`${url}/`)).status).toBe(401);
});

it("an unknown server with a slash at its end is 404, as without it", async () => {
  const { status, body } = await sendMcp(`${stand.url}/unlisted/mcp/`, { token });
  expect([status, JSON.parse(body).error.data.reason]).toEqual([404, "unknown_server"]);
});

it("the metadata at a path with a slash at its end names the resource without it", async () => {
  const { status, body } = await rawRequest(`${stand.url}/.well-known/oauth-protected-resource/tools/mcp/`);
  expect([status, JSON.parse(body).resource]).toEqual([200, `${stand.url}/tools/mcp`]);
});

it.each([
  "/.well-known/oauth-protected-resource",
  "/.well-known/oauth-protected-resource/tools/mcp",
  "/.well-known/oauth-protected-resource/mcp",
  "/.well-known/jwks.json",
  "/health",
])("HEAD has the response to GET without its body: %s", async (path) => {
  const [head, get] = [
    await rawRequest(stand.url + path, { method: "HEAD" }),
    await rawRequest(stand.url + path),
  ];
  const type = ({ headers }: typeof get) => headers.filter(([name]) => name.toLowerCase() === "content-type");
  expect([head.status, type(head), head.body]).toEqual([200, type(get), ""]);
  expect(get.status).toBe(200);
});
