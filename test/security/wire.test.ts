// Bytes that two HTTP readers read differently, against the running gateway over plain sockets: at most one response for what is sent as
// one request, nothing smuggled, no header made. The gateway's front is a local stand-in for API Gateway; what it lets through is the
// proxy's to hold.
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type GatewayStand, startStand } from "../support/gateway-stand.ts";
import { jsonOf, PING, sendMcp, toolCall } from "../support/mcp-request.ts";
import { jsonResult, messageOf, recordedValues } from "../support/recorder-server.ts";

let stand: GatewayStand;
let token: string;

beforeAll(async () => {
  stand = await startStand({
    servers: {
      tools: { user_identity_forwarding: { method: "claims_header", include_claims: ["sub"] } },
      other: {},
    },
  });
  token = await stand.issuer.token();
});
afterAll(() => stand?.close());
beforeEach(() => {
  stand.recorder.reset();
  marker += 1;
});

const CHUNKED_PING = `${JSON.stringify(PING).length.toString(16)}\r\n${JSON.stringify(PING)}\r\n0\r\n\r\n`;
const SMUGGLED = "POST /other/mcp HTTP/1.1\r\nHost: x\r\nX-User-Claims: forged\r\nContent-Length: 0\r\n\r\n";

/** Requests of this one case: what an earlier one left on its way does not count. `Mcp-Param-*` passes the gateway unchanged. */
let marker = 0;
const arrived = () =>
  stand.recorder.requests.filter((request) =>
    recordedValues(request, "mcp-param-case").includes(String(marker)),
  );

/** Sends bytes after an authorized request's head, and gives the status lines of what comes back. */
async function exchange(lines: readonly string[], body: string, requestLine = "POST /tools/mcp HTTP/1.1") {
  const { hostname, port, host } = new URL(stand.url);
  const socket = connect(Number(port), hostname);
  const head = [
    requestLine,
    `Host: ${host}`,
    `Authorization: Bearer ${token}`,
    `Mcp-Param-Case: ${marker}`,
    ...lines,
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
  const response = await text(socket).catch(() => "");
  return [...response.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map((match) => Number(match[1]));
}

const JSON_TYPE = "Content-Type: application/json";

describe("CVE-2026-29057 (Next.js) and shapes of request smuggling", () => {
  it.each<[string, string[], string]>([
    ["both lengths", [JSON_TYPE, "Content-Length: 4", "Transfer-Encoding: chunked"], CHUNKED_PING + SMUGGLED],
    [
      "both lengths, the other way round",
      ["Transfer-Encoding: chunked", "Content-Length: 4"],
      CHUNKED_PING + SMUGGLED,
    ],
    ["two lengths", ["Content-Length: 4", "Content-Length: 40"], SMUGGLED],
    ["a list of lengths", ["Content-Length: 4, 40"], SMUGGLED],
    ["a signed length", ["Content-Length: +4"], SMUGGLED],
    ["a hexadecimal length", ["Content-Length: 0x4"], SMUGGLED],
    ["a negative length", ["Content-Length: -1"], SMUGGLED],
    ["a space before the colon", ["Transfer-Encoding : chunked"], CHUNKED_PING + SMUGGLED],
    ["another coding", ["Transfer-Encoding: xchunked"], CHUNKED_PING + SMUGGLED],
    ["two codings", ["Transfer-Encoding: chunked, identity"], CHUNKED_PING + SMUGGLED],
    ["a folded coding", ["Transfer-Encoding:\r\n chunked"], CHUNKED_PING + SMUGGLED],
    [
      "a chunk size with a sign",
      [JSON_TYPE, "Transfer-Encoding: chunked"],
      `+2\r\n{}\r\n0\r\n\r\n${SMUGGLED}`,
    ],
    [
      "a chunk size in no number",
      [JSON_TYPE, "Transfer-Encoding: chunked"],
      `zz\r\n{}\r\n0\r\n\r\n${SMUGGLED}`,
    ],
    ["bare line feeds", ["X-A: 1\nTransfer-Encoding: chunked"], CHUNKED_PING + SMUGGLED],
  ])(
    "%s: nothing is forwarded twice, and nothing of the second request is forwarded",
    async (_name, lines, body) => {
      const statuses = await exchange([...lines, "Connection: close"], body);
      expect(statuses.length).toBeLessThanOrEqual(1);
      expect(arrived().length).toBeLessThanOrEqual(1);
      for (const request of arrived()) {
        expect(recordedValues(request, "x-user-claims")).toEqual(['{"sub":"U2alice"}']);
        expect(request.body.toString()).toBe(JSON.stringify(PING));
      }
    },
  );

  it.each(["GET", "DELETE", "OPTIONS", "HEAD", "PUT"])(
    "a body after %s is never treated as a request",
    async (method) => {
      const lines = ["Transfer-Encoding: chunked", "Connection: close"];
      await exchange(lines, `5\r\nhello\r\n0\r\n\r\n${SMUGGLED}`, `${method} /tools/mcp HTTP/1.1`);
      expect(arrived().filter(({ method: sent }) => sent === "POST")).toEqual([]);
      expect(arrived().every(({ body }) => body.length === 0)).toBe(true);
    },
  );
});

describe("CR, LF and NUL", () => {
  it.each([
    ["a NUL in a value", "Mcp-Name: a\0b"],
    ["a bare CR in a value", "Mcp-Name: a\rX-User-Claims: forged"],
    ["a bare LF in a value", "Traceparent: a\nX-User-Claims: forged"],
    ["a NUL in a name", "Mcp\0-Name: a"],
    ["a line without a colon", "X-User-Claims forged"],
    ["a folded line", "Baggage: a\r\n X-User-Claims: forged"],
  ])("%s creates no header in the forwarded request", async (_name, line) => {
    const body = JSON.stringify(PING);
    await exchange([JSON_TYPE, line, `Content-Length: ${body.length}`, "Connection: close"], body);
    for (const request of stand.recorder.requests) {
      expect(recordedValues(request, "x-user-claims")).toEqual(['{"sub":"U2alice"}']);
    }
  });

  it.each([
    "/tools%0d%0aX-User-Claims:%20forged/mcp",
    "/tools%00/mcp",
    "/tools/../other/mcp",
    "/tools%2fmcp",
    "/tools/mcp%2f..%2f..%2fother%2fmcp",
    "//tools/mcp",
    "/tools;a=b/mcp",
    "/TOOLS/mcp",
    "/%74ools%2e/mcp",
    "/*/mcp",
    "/tools/mcp\\..\\other",
  ])("the path %s reaches no server", async (path) => {
    const response = await sendMcp(`${stand.url}${path}`, {
      token,
      headers: ["Mcp-Param-Case", String(marker)],
    });
    expect([401, 403, 404]).toContain(response.status);
    expect(arrived()).toEqual([]);
  });
});

describe("a compressed body (class of bug: decompression)", () => {
  it.each(["gzip", "deflate", "br"])("%s is denied with 415 without decompression", async (encoding) => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    const response = await sendMcp(stand.endpoint("tools"), {
      token,
      headers: ["Content-Encoding", encoding, "Mcp-Param-Case", String(marker)],
      body: bomb,
    });
    expect(response.status).toBe(415);
    expect(arrived()).toEqual([]);
  });
});

describe("CVE-2026-25536, GHSA-345p-7cg4-v4c7 (MCP TypeScript SDK): responses of two clients with the same id mixed up", () => {
  it("50 callers that all use id 1 each receive their own response", async () => {
    stand.recorder.respondWith((response, request) => {
      const { name } = (messageOf(request) as { params: { name: string } }).params;
      setTimeout(() => jsonResult({ name })(response, request), Math.random() * 20);
    });
    const names = Array.from({ length: 50 }, (_, index) => `tool-${index}`);
    const responses = await Promise.all(
      names.map((name) => sendMcp(stand.endpoint("tools"), { token, body: toolCall(name) })),
    );
    expect(responses.map((response) => jsonOf(response).result.name)).toEqual(names);
  });
});
