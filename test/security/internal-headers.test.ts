// Headers and context by which parts of a gateway talk to each other: a client that sends them gets nothing by it, and where the
// real ones are missing no request is allowed by default.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { contextOf, principalWith } from "../support/principals.ts";
import { CALL, proxyTo } from "../support/proxy-under-test.ts";
import { type Recorder, startRecorder } from "../support/recorder-server.ts";

let downstream: Recorder;

beforeAll(async () => {
  downstream = await startRecorder();
});
afterAll(() => downstream.close());
beforeEach(() => downstream.reset());

const CONTEXT = contextOf(principalWith({ sub: "U2admin" }));

/** Headers that another gateway has let callers in by, and what would pass for this one's own. */
const MAGIC: [string, Record<string, string>][] = [
  ["CVE-2025-29927, GHSA-f82v-jwr5-mffw (Next.js)", { "x-middleware-subrequest": "middleware:middleware" }],
  [
    "GHSA-g53w-w6mj-hrpp (Kuadrant MCP Gateway)",
    { "mcp-init-host": "tools", "router-key": "secret-api-key", "x-mcp-authorized": "true" },
  ],
  [
    "CVE-2026-40575, GHSA-7x63-xv5r-3p2x (OAuth2 Proxy)",
    { "X-Forwarded-Uri": "/health", "X-Original-URL": "/health" },
  ],
  ["the authorizer's context as headers", { principal: CONTEXT.principal, sub: "U2admin", server: "tools" }],
  ["an event of API Gateway", { "x-amzn-request-context": JSON.stringify({ authorizer: CONTEXT }) }],
  ["a method override", { "X-HTTP-Method-Override": "GET", "X-Method-Override": "OPTIONS" }],
  ["a local caller", { "X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1", Host: "127.0.0.1" }],
  ["a health check", { "User-Agent": "ELB-HealthChecker/2.0" }],
];

// Every request has these, with the gateway's own values.
const OWN_NAMES = ["host", "user-agent"];

describe("internal headers that bypass authorization", () => {
  it.each(MAGIC)(
    "%s: without the authorizer's context the proxy forwards nothing",
    async (_name, headers) => {
      const response = await proxyTo(downstream.url).send({ headers, authorizer: undefined });
      expect(response.status).toBe(403);
      expect(response.json.error.data.reason).toBe("principal_missing");
      expect(response.audit).toMatchObject({ decision: "deny", reason: "principal_missing" });
      expect(downstream.requests).toEqual([]);
    },
  );

  it.each(MAGIC)(
    "%s: with the authorizer's context they change neither server nor caller, and are not forwarded",
    async (_name, headers) => {
      const response = await proxyTo(downstream.url).send({
        headers,
        authorizer: contextOf(principalWith()),
      });
      expect(response.audit).toMatchObject({ server: "tools", sub: "U2alice" });
      const sent = Object.entries(headers).flatMap(([name, value]) => [name.toLowerCase(), value]);
      const line = downstream.requests[0]?.rawHeaders.map((part) => part.toLowerCase()) ?? [];
      expect(sent.filter((part) => line.includes(part) && !OWN_NAMES.includes(part))).toEqual([]);
      expect(downstream.requests.map(({ method, path }) => [method, path])).toEqual([["POST", "/mcp"]]);
    },
  );
});

describe("a failed authentication that falls back to a default identity (class of bug)", () => {
  const good = CONTEXT;
  const blob = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const decoded = JSON.parse(Buffer.from(good.principal, "base64url").toString());

  it.each<[string, Record<string, unknown> | null]>([
    ["no context", null],
    ["an empty one", {}],
    ["one without the principal", { ...good, principal: undefined }],
    ["a principal that is no base64url", { ...good, principal: "%%%" }],
    ["a principal that is not JSON", { ...good, principal: "AAAA" }],
    ["null", { ...good, principal: blob(null) }],
    ["a list", { ...good, principal: blob([decoded]) }],
    ["no sub", { ...good, principal: blob({ ...decoded, sub: undefined }) }],
    ["an empty sub", { ...good, principal: blob({ ...decoded, sub: "" }) }],
    ["a sub that is true", { ...good, principal: blob({ ...decoded, sub: true }) }],
    ["no exp", { ...good, principal: blob({ ...decoded, exp: undefined }) }],
    ["an exp of text", { ...good, principal: blob({ ...decoded, exp: "9999999999" }) }],
    ["no word on admission", { ...good, principal: blob({ ...decoded, admitted: undefined }) }],
    ["admission as text", { ...good, principal: blob({ ...decoded, admitted: "true" }) }],
    ["another server's principal", { ...good, server: "other" }],
    ["an authorizer's Deny", { reason: "claim_missing", message: "…" }],
    ["an object for the server", { ...good, server: { toString: "tools" } }],
  ])("%s: 403, and nothing is forwarded", async (_name, authorizer) => {
    const response = await proxyTo(downstream.url).send({ authorizer: authorizer as never, body: CALL });
    expect([response.status, response.audit["reason"]]).toEqual([403, "principal_missing"]);
    expect(downstream.requests).toEqual([]);
  });

  it("a caller whom the authorizer did not admit receives 404, even for a server that the proxy knows", async () => {
    const authorizer = contextOf(principalWith({ admitted: false }));
    const response = await proxyTo(downstream.url).send({ authorizer });
    expect([response.status, response.json.error.data.reason]).toEqual([404, "unknown_server"]);
    expect(downstream.requests).toEqual([]);
  });

  it.each([401, 403, 407, 500])(
    "a %i from the server does not cause a retry with another identity",
    async (status) => {
      downstream.respondWith((response) => response.writeHead(status).end());
      await proxyTo(downstream.url).send({ authorizer: contextOf(principalWith()) });
      expect(downstream.requests).toHaveLength(1);
    },
  );
});
