// Where the gateway itself connects to: what configuration may name, and that no response sends it elsewhere.
import { describe, expect, it } from "vitest";
import { parseGatewayConfig } from "../../functions/core/config/gateway-config.ts";
import { parseServerConfig } from "../../functions/core/config/server-config.ts";
import { fetchJson, postForJson } from "../../functions/platform/http-fetch.ts";
import { JWT_VALIDATION } from "../support/gateway-config.ts";
import { startHttp } from "../support/loopback-server.ts";
import { contextOf, principalWith } from "../support/principals.ts";
import { proxyTo } from "../support/proxy-under-test.ts";

/** Spellings of the instance metadata services, of other machines over plain http, and of a text that is not a URL of a server. */
const FORBIDDEN_URLS = [
  "http://169.254.169.254/latest/meta-data",
  "https://169.254.169.254/latest/meta-data",
  "https://169.254.169.254./latest/meta-data",
  "https://0xa9fea9fe/",
  "https://2852039166/",
  "https://0251.0376.0251.0376/",
  "https://169.254.170.2/v2/credentials",
  "https://169.254.170.23/",
  "https://[fd00:ec2::254]/latest/meta-data",
  "https://[FD00:EC2:0:0:0:0:0:254]/",
  "https://[::ffff:169.254.169.254]/",
  "https://[::ffff:a9fe:a9fe]/",
  "https://[::169.254.169.254]/",
  "https://[64:ff9b::a9fe:a9fe]/",
  "https://[fe80::1]/",
  "https://metadata.google.internal/",
  "https://METADATA.google.internal./",
  "https://0.0.0.0/",
  "https://[::]/",
  "http://[::ffff:127.0.0.1]/",
  "http://10.0.0.1/mcp",
  "http://tools.example.com/mcp",
  "http://localhost.example.com/mcp",
  "http://127.0.0.1.example.com/mcp",
  "http://127.0.0.1@tools.example.com/mcp",
  "https://user:password@tools.example.com/mcp",
  "https://tools.example.com\\@evil.example.com/mcp",
  "https://tools.example.com/mcp#@evil.example.com",
  "https:tools.example.com",
  "https:///tools.example.com",
  "//tools.example.com/mcp",
  "file:///etc/passwd",
  "ftp://tools.example.com/",
  "gopher://127.0.0.1:25/",
  "data:application/json,{}",
  "unix:/var/run/docker.sock",
  "https://tools.example.com/mcp\r\nX-Admin: 1",
  "https://tools.example.com/\u0000",
  "",
];

describe("CVE-2026-45609 (Spring AI MCP security), CVE-2026-32301 (Centrifugo): request forgery through URLs", () => {
  it.each(FORBIDDEN_URLS)("no configuration can contain the URL %j", (url) => {
    const validation = (more: object) => JSON.stringify({ jwt_validation: { ...JWT_VALIDATION, ...more } });
    expect(parseServerConfig(JSON.stringify({ url })).ok).toBe(false);
    expect(parseGatewayConfig(validation({ jwksUri: url })).ok).toBe(false);
    expect(parseGatewayConfig(validation({ jwksUri: undefined, introspectEndpoint: url })).ok).toBe(false);
  });

  it.each([
    "https://tools.example.com/mcp",
    "http://127.0.0.1:8080/mcp",
    "https://10.1.2.3/mcp",
    "https://[fd12::1]/mcp",
  ])("a configuration can contain the URL %s", (url) =>
    expect(parseServerConfig(JSON.stringify({ url }))).toMatchObject({ ok: true }),
  );
});

describe("CVE-2023-45289 (Go net/http): credentials follow a redirect to another host", () => {
  it.each([301, 302, 303, 307, 308])(
    "a %i is not followed: not from a server, a key source or an introspection endpoint",
    async (status) => {
      let reached = 0;
      const target = await startHttp((_request, response) => {
        reached += 1;
        response.end("{}");
      });
      const redirecting = await startHttp((_request, response) => {
        response.writeHead(status, { location: target.url }).end();
      });
      const tools = { headers: { "X-Api-Key": "configured" } };
      const response = await proxyTo(redirecting.url, { tools }).send({
        authorizer: contextOf(principalWith()),
      });
      expect([response.status, response.json.error.data.reason]).toEqual([
        502,
        "downstream_invalid_response",
      ]);
      expect(response.headers["location"]).toBeUndefined();
      const limits = { timeoutMs: 5_000, maxBytes: 1_000 };
      expect(await fetchJson(redirecting.url, limits)).toMatchObject({ status, json: undefined });
      const post = { headers: { authorization: "Basic c2VjcmV0" }, body: "token=t", ...limits };
      expect(await postForJson(redirecting.url, post)).toMatchObject({ status, json: undefined });
      expect(reached).toBe(0);
      await Promise.all([target.close(), redirecting.close()]);
    },
  );
});

describe("CVE-2025-66414 (MCP TypeScript SDK): DNS rebinding from a web page", () => {
  it.each([
    "https://evil.example.com",
    "http://localhost",
    "null",
    "https://mcp.example.com.evil.com",
    "https://mcp.example.com:444",
  ])("Origin: %s is denied", async (origin) => {
    const server = await startHttp((_request, response) => response.end("{}"));
    const response = await proxyTo(server.url).send({
      headers: { Origin: origin },
      authorizer: contextOf(principalWith()),
    });
    expect([response.status, response.json.error.data.reason]).toEqual([403, "origin_not_allowed"]);
    expect(response.headers["access-control-allow-origin"]).toBeUndefined();
    await server.close();
  });
});

describe("a response that decompresses without end (class of bug: decompression)", () => {
  it.each(["gzip", "br", "deflate", "zstd", "x-gzip", "gzip, identity"])(
    "%s is denied without reading the body",
    async (encoding) => {
      const server = await startHttp((_request, response) => {
        response.writeHead(200, { "content-type": "application/json", "content-encoding": encoding });
        response.end(Buffer.alloc(1_000));
      });
      const response = await proxyTo(server.url).send({ authorizer: contextOf(principalWith()) });
      expect([response.status, response.json.error.data.reason]).toEqual([
        502,
        "downstream_invalid_response",
      ]);
      await server.close();
    },
  );
});
