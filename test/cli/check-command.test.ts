// `config check` against real servers: those of the local gateway, and servers that do not speak MCP.

import type { RequestListener } from "node:http";
import { createSecureServer } from "node:http2";
import { createServer as createTlsServer } from "node:https";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { runConfig } from "../../cli/config.ts";
import { startEverything } from "../../local/downstream/everything.ts";
import { LOOPBACK_CERTIFICATE, LOOPBACK_KEY } from "../fixtures/loopback-tls.ts";
import { configDirectory } from "../support/config-directory.ts";
import { closedPort, type LoopbackServer, listen, startHttp } from "../support/loopback-server.ts";
import { recordTerminal } from "../support/recorded-terminal.ts";

const GATEWAY = { descope: { project_id: "P2abc", mcp_server_id: "MS2abc" } };
const servers: { close(): Promise<void> }[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

async function serving(respond: RequestListener): Promise<LoopbackServer> {
  const server = await startHttp(respond);
  servers.push(server);
  return server;
}

function dirOf(files: Record<string, object>): string {
  const named = Object.entries(files).map(([name, server]) => [`servers/${name}.json`, server]);
  return configDirectory({ "gateway.json": GATEWAY, ...Object.fromEntries(named) });
}

async function check(...args: string[]) {
  let code = -1;
  const { out, err } = await recordTerminal(async (terminal) => {
    code = await runConfig(["check", ...args], terminal);
    return code;
  });
  return { code, out, err };
}

describe("config check", () => {
  let everything: { url: string; close(): Promise<void> };
  beforeAll(async () => {
    everything = await startEverything();
  });
  afterAll(() => everything.close());

  it("exits with 0 if every enabled server responds, and prints server and revision", async () => {
    const dir = dirOf({ good: { url: everything.url }, off: { url: everything.url, enabled: false } });
    const { code, out } = await check(dir);
    expect(out).toMatch(/^ok {5}good {2}http:\S+\n {7}\S.*, MCP 20\d\d-\d\d-\d\d\n/);
    expect(out).toContain("1 server: no errors, as seen from this machine.");
    expect(code).toBe(0);
  });

  it("sends server/discover if initialize is unknown", async () => {
    const asked: string[] = [];
    const { url } = await serving((request, response) => {
      let body = "";
      request.on("data", (chunk) => (body += chunk));
      request.on("end", () => {
        const { id, method } = JSON.parse(body);
        asked.push(`${method} ${request.headers["mcp-protocol-version"]}`);
        const known = method === "server/discover";
        const reply = known
          ? { result: { supportedVersions: ["2026-07-28"], serverInfo: { name: "modern" } } }
          : { error: { code: -32601, message: "no such method" } };
        response
          .writeHead(known ? 200 : 404, { "content-type": "application/json" })
          .end(JSON.stringify({ jsonrpc: "2.0", id, ...reply }));
      });
    });
    const { code, out } = await check(dirOf({ modern: { url } }));
    expect([code, asked]).toEqual([0, ["initialize undefined", "server/discover 2026-07-28"]]);
    expect(out).toContain("modern, MCP 2026-07-28");
  });

  it("reads the first event, and does not wait for the end of the stream", async () => {
    const { url } = await serving((_, response) =>
      response
        .writeHead(200, { "content-type": "text/event-stream" })
        .write('data: {"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18"}}\n\n'),
    );
    const { code, out } = await check(dirOf({ slow: { url } }));
    expect([code, out]).toEqual([0, expect.stringContaining("an MCP server, MCP 2025-06-18")]);
  });

  it.each<[string, RequestListener, string, string]>([
    [
      "a page",
      (_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<html>"),
      "not MCP: status 200, text/html",
      "check the server's URL",
    ],
    [
      "a wrong path",
      (_, response) => response.writeHead(404, { "content-type": "text/plain" }).end("no"),
      "not MCP: status 404",
      "check the server's URL",
    ],
    [
      "a page that does not allow POST",
      (_, response) => response.writeHead(405, { "content-type": "text/html" }).end("<p>"),
      "not MCP: status 405",
      "Check the path of url",
    ],
    [
      "a 401",
      (_, response) => response.writeHead(401).end(),
      "status 401",
      "The server requires credentials",
    ],
    [
      "a redirect",
      (request, response) => response.writeHead(308, { location: `${request.url}/` }).end(),
      "the same URL with a trailing slash",
      "Set url to the target of the redirect.",
    ],
    [
      "compression",
      (_, response) => response.writeHead(200, { "content-encoding": "br" }).end("x"),
      "compression: content-encoding br",
      "Turn compression off",
    ],
    [
      "JSON that is not MCP",
      (_, response) => response.writeHead(200, { "content-type": "application/json" }).end("{}"),
      "status 200 without a JSON-RPC message",
      "Check the path of url",
    ],
    [
      "a JSON-RPC error",
      (_, response) =>
        response
          .writeHead(400, { "content-type": "application/json" })
          .end('{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"X-Tenant is missing"}}'),
      "status 400, JSON-RPC error -32000: X-Tenant is missing",
      "rejects a client's first request",
    ],
    [
      "a reset",
      (_, response) => response.socket?.destroy(),
      "closed: the server closed the connection",
      "Check host and port",
    ],
  ])("exits with 1 and explains %s", async (_, respond, found, todo) => {
    const { url } = await serving(respond);
    const { code, out } = await check(dirOf({ wrong: { url } }));
    expect([code, out]).toEqual([1, expect.stringContaining(found)]);
    expect(out).toContain(todo);
    expect(out).toContain("1 server: 1 error");
  });

  it("detects the old transport", async () => {
    const { url } = await serving((_, response) => response.writeHead(405, { allow: "GET" }).end("no"));
    const { code, out } = await check(dirOf({ old: { url: new URL("/sse", url).href } }));
    expect([code, out]).toEqual([1, expect.stringContaining("HTTP+SSE transport of MCP 2024-11-05")]);
  });

  it("explains why a connection fails", async () => {
    const http = await serving((_, response) => response.end());
    const tls = { key: LOOPBACK_KEY, cert: LOOPBACK_CERTIFICATE };
    const h2 = await listen(createSecureServer(tls));
    const signedByItself = await listen(createTlsServer(tls));
    servers.push(h2, signedByItself);
    const files = {
      h2: { url: h2.url.replace("http:", "https:") },
      certificate: { url: signedByItself.url.replace("http:", "https:") },
      refused: { url: `http://127.0.0.1:${await closedPort()}/mcp` },
      scheme: { url: http.url.replace("http:", "https:") },
      name: { url: "https://mcp.invalid/mcp" },
    };
    const { code, out } = await check(dirOf(files));
    expect(code).toBe(1);
    expect(out).toContain("refused: nothing accepts connections");
    expect(out).toContain("http2_only: the server offers HTTP/2 only");
    expect(out).toContain("tls_certificate: the certificate of");
    expect(out).toContain("wrong_scheme: the URL says https");
    expect(out).toContain("dns: the host name mcp.invalid could not be resolved");
  });

  it("lists the headers that it could not send", async () => {
    const seen: unknown[] = [];
    const { url } = await serving((request, response) => {
      seen.push(request.headers["x-key"], request.headers["x-fixed"]);
      response.writeHead(401).end();
    });
    const server = {
      url,
      headers: { "X-Key": "{{ssm:/mcp-gateway-secrets/prod/key}}", "X-Fixed": "1" },
      user_identity_forwarding: { method: "claims_header" },
    };
    const { out } = await check(dirOf({ guarded: server }));
    expect(seen).toEqual(["placeholder", "1"]);
    expect(out).toContain('note: sent "placeholder" for the secret /mcp-gateway-secrets/prod/key');
    expect(out).toContain("note: sent no X-User-Claims");
  });

  it("says which credential it could not send", async () => {
    const { url } = await serving((_, response) => response.writeHead(401).end());
    const upstream_auth = { type: "sigv4", service: "lambda" };
    const { out } = await check(dirOf({ signed: { url, upstream_auth } }));
    expect(out).toContain("note: sent no credential of the type sigv4: 401 and 403 are expected");
  });

  it("checks one server by name, even a disabled one, with the directory before or after it", async () => {
    const dir = dirOf({
      off: { url: everything.url, enabled: false },
      other: { url: "https://mcp.invalid/mcp" },
    });
    for (const args of [
      ["off", dir],
      [dir, "off"],
      [dir, "--server", "off"],
    ]) {
      const { code, out } = await check(...args, "--json");
      expect([code, JSON.parse(out)]).toMatchObject([
        0,
        { ok: true, servers: [{ server: "off", ok: true }] },
      ]);
    }
  });

  it("exits with 1 if the configuration is invalid, and with 2 for a usage error", async () => {
    const faulty = dirOf({ bad: { url: 5 } });
    expect(await check(faulty)).toMatchObject({ code: 1, err: expect.stringContaining("servers/bad") });
    const dir = dirOf({ good: { url: everything.url } });
    expect(await check(dir, "unlisted")).toMatchObject({
      code: 2,
      err: expect.stringContaining("unknown server: unlisted. The configuration has: good"),
    });
    expect((await check(dir, "good", "--yes")).code).toBe(2);
    expect((await check(dir, "good", "good")).code).toBe(2);
  });
});
