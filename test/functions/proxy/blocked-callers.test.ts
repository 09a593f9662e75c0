// A caller whom `blocked` names, at the proxy: API Gateway may still hand on an Allow from before the entry was written.
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { tokenHash } from "../../../functions/core/blocked.ts";
import { createRequestMetrics } from "../../../functions/platform/request-metrics.ts";
import { configSnapshot } from "../../support/gateway-config.ts";
import { openLambdaResponse } from "../../support/lambda-response.ts";
import { type LoopbackServer, startHttp } from "../../support/loopback-server.ts";
import { contextOf, principalWith } from "../../support/principals.ts";
import { proxyTo } from "../../support/proxy-under-test.ts";
import { makeKey, signToken } from "../../support/tokens.ts";

const LEAKED = { claim: "jti", values: ["J1"], reason: "leaked token" };
const EVENT = 'data: {"jsonrpc":"2.0","method":"notifications/progress","params":{}}\n\n';
let downstream: LoopbackServer;
let token: string;
beforeAll(async () => {
  token = await signToken(await makeKey("RS256", "key-1"), { jti: "J1" });
});
beforeEach(async () => {
  downstream = await startHttp((_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(EVENT);
  });
});
afterEach(async () => {
  vi.useRealTimers();
  await downstream.close();
});

const callOf = (sent: string) => ({
  headers: { Authorization: `Bearer ${sent}` },
  authorizer: contextOf(principalWith({ tokenHash: tokenHash(token) })),
});

describe("a blocked caller with a cached Allow", () => {
  it("receives 403 with the reason, and the request does not reach the server", async () => {
    const proxy = proxyTo(downstream.url, {
      gateway: { blocked: [LEAKED] },
      requestMetrics: createRequestMetrics("/p"),
    });
    expect(await proxy.send(callOf(token))).toMatchObject({
      status: 403,
      json: {
        error: {
          code: 403,
          message:
            "Access with this account, client or token has been blocked. Signing in again does not help: ask the administrator.",
          data: { reason: "blocked" },
        },
      },
      audit: {
        decision: "deny",
        reason: "blocked",
        claim: "jti",
        block_reason: "leaked token",
        status: 403,
        Denials: 1,
      },
    });
    expect(downstream.connections()).toBe(0);
  });

  it("receives no challenge, which would cause its client to sign in", async () => {
    const response = await proxyTo(downstream.url, { gateway: { blocked: [LEAKED] } }).send(callOf(token));
    expect(response.headers).not.toHaveProperty("www-authenticate");
    expect(response.body).not.toContain("leaked");
  });

  it("is still denied with another token than the verified one", async () => {
    const other = await signToken(await makeKey("RS256", "key-2"), { jti: "J2" });
    const response = await proxyTo(downstream.url, { gateway: { blocked: [LEAKED] } }).send(callOf(other));
    expect(response).toMatchObject({
      status: 403,
      json: { error: { data: { reason: "principal_missing" } } },
    });
    expect(downstream.connections()).toBe(0);
  });
});

it("an open event stream ends when its caller is blocked, and the audit line says so", async () => {
  vi.useFakeTimers({ toFake: ["setInterval"] });
  let snapshot = configSnapshot({ servers: { tools: { url: downstream.url } } });
  const proxy = proxyTo(downstream.url, { config: { current: async () => snapshot } });
  const stream = openLambdaResponse();
  const { done } = proxy.begin(callOf(token), stream);
  await vi.waitUntil(() => stream.bytes.includes(EVENT), { timeout: 30_000 });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(proxy.log.lines).toEqual([]);
  snapshot = configSnapshot({
    gateway: { blocked: [LEAKED] },
    servers: { tools: { url: downstream.url } },
  });
  await vi.advanceTimersByTimeAsync(10_000);
  await done;
  expect(stream.received()).toMatchObject({ status: 200, body: expect.stringContaining(EVENT) });
  expect(proxy.log.lines.at(-1)?.fields).toMatchObject({ decision: "allow", stream_ended: "blocked" });
  expect(proxy.log.lines.at(-1)?.fields).not.toHaveProperty("broken");
});
