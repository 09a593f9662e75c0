// Responses of a server that can't be relayed, and the cause that the audit line gives for each. A raw server says what no HTTP library would.
import type { Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import packageJson from "../../../package.json" with { type: "json" };
import { closedPort, type LoopbackServer, startHttp, startTcp } from "../../support/loopback-server.ts";
import { proxyTo } from "../../support/proxy-under-test.ts";

const servers: LoopbackServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

async function serving(starting: Promise<LoopbackServer>): Promise<LoopbackServer> {
  const server = await starting;
  servers.push(server);
  return server;
}

/** Sends a call to a server that responds with these bytes. */
async function respondedWith(bytes: string) {
  const accept = (socket: Socket) => socket.on("data", () => socket.write(Buffer.from(bytes, "latin1")));
  const { url } = await serving(startTcp(accept));
  const { status, json, audit } = await proxyTo(url).send();
  return [status, json?.error?.data?.reason, audit["cause"]];
}

const INVALID = "downstream_invalid_response";
const EMPTY = "content-length: 0\r\n\r\n";

describe("a response that cannot be relayed becomes a 502 with the cause in the audit line:", () => {
  it.each([
    ["a status of 600", `HTTP/1.1 600 Beyond\r\n${EMPTY}`, "status 600"],
    ["a status of 999", `HTTP/1.1 999 Denied\r\n${EMPTY}`, "status 999"],
    ["a status of 099", `HTTP/1.1 099 Odd\r\n${EMPTY}`, /^(?:status 99|.*invalid_http: .*)$/],
    [
      "a header outside ASCII",
      `HTTP/1.1 200 OK\r\ncache-control: \xe9\r\n${EMPTY}`,
      "header cache-control: characters outside printable ASCII",
    ],
    [
      "a session id with a space",
      `HTTP/1.1 200 OK\r\nmcp-session-id: a b\r\n${EMPTY}`,
      "header mcp-session-id: not one value of visible ASCII characters",
    ],
    [
      "two session ids",
      `HTTP/1.1 200 OK\r\nmcp-session-id: a\r\nmcp-session-id: b\r\n${EMPTY}`,
      "header mcp-session-id: not one value of visible ASCII characters",
    ],
    [
      "a session id of 1,501 characters",
      `HTTP/1.1 200 OK\r\nmcp-session-id: ${"s".repeat(1_501)}\r\n${EMPTY}`,
      "header mcp-session-id: 1501 characters, at most 1500 can be relayed",
    ],
    [
      "headers of more than 8 KiB",
      `HTTP/1.1 200 OK\r\ncache-control: ${"x".repeat(9_000)}\r\n${EMPTY}`,
      "headers: 9013 bytes, at most 8192 can be relayed",
    ],
    [
      "a compressed body",
      `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n${EMPTY}`,
      "compression: content-encoding gzip",
    ],
    [
      "a redirect, whose query is not shown",
      `HTTP/1.1 307 Moved\r\nlocation: https://other.example.com/mcp?token=secret#part\r\n${EMPTY}`,
      "redirect: 307 to https://other.example.com/mcp",
    ],
    [
      "a redirect without a target",
      `HTTP/1.1 302 Found\r\n${EMPTY}`,
      "redirect: 302 without a usable location",
    ],
  ])("%s", async (_, bytes, cause) => {
    expect(await respondedWith(bytes)).toEqual([
      502,
      expect.stringMatching(/^downstream_(?:invalid_response|unreachable)$/),
      cause instanceof RegExp ? expect.stringMatching(cause) : cause,
    ]);
  });

  it("a redirect to the same URL with a trailing slash, which is reported as the cause", async () => {
    const { url } = await serving(
      startHttp((request, response) => response.writeHead(308, { location: `${request.url}/` }).end()),
    );
    const { status, json, audit } = await proxyTo(url).send();
    expect([status, json.error.data.reason]).toEqual([502, INVALID]);
    expect(audit["cause"]).toBe(`redirect: 308 to ${url}/, the same URL with a trailing slash`);
    expect(json.error.message).not.toContain("127.0.0.1");
  });
});

it("relays a response after an unsolicited 100 Continue", async () => {
  const bytes = `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`;
  expect((await respondedWith(bytes))[0]).toBe(200);
});

it.each(["identity", "Identity", "", " , identity"])(
  "relays a response whose Content-Encoding contains no coding: %j",
  async (encoding) => {
    const bytes = `HTTP/1.1 200 OK\r\ncontent-encoding: ${encoding}\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`;
    expect((await respondedWith(bytes))[0]).toBe(200);
  },
);

it("responds 502 if the server cannot be reached, with the cause in the audit line", async () => {
  const port = await closedPort();
  const { status, json, audit } = await proxyTo(`http://127.0.0.1:${port}/mcp`).send();
  expect([status, json.error.data.reason]).toEqual([502, "downstream_unreachable"]);
  expect(json.error.message).toBe("The MCP server could not be reached. Try again later.");
  expect(audit["cause"]).toContain(
    `ConnectionError: refused: nothing accepts connections at 127.0.0.1:${port} (ECONNREFUSED)`,
  );
});

describe("the User-Agent of upstream requests", () => {
  async function agentSent(tools: Record<string, unknown>, headers: Record<string, string>) {
    let agent: unknown;
    const { url } = await serving(
      startHttp((request, response) => {
        agent = request.headers["user-agent"];
        response.end("{}");
      }),
    );
    await proxyTo(url, { tools }).send({ headers });
    return agent;
  }
  const CLIENT = { "User-Agent": "some-client/9" };

  it("is set by the gateway, never by the client", async () => {
    expect(await agentSent({}, CLIENT)).toBe(`descope-mcp-gateway/${packageJson.version}`);
  });

  it("is the server's configured value if there is one", async () => {
    expect(await agentSent({ headers: { "User-Agent": "acme/1" } }, CLIENT)).toBe("acme/1");
  });
});
