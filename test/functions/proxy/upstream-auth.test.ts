import { describe, expect, it } from "vitest";
import type { EffectiveServer } from "../../../functions/core/config/effective-server.ts";
import { createStaticHeaders, createUpstreamAuth } from "../../../functions/proxy/upstream-auth.ts";
import { configSnapshot } from "../../support/gateway-config.ts";
import { principalWith } from "../../support/principals.ts";

const REQUEST = {
  url: "https://tools.example.com/mcp",
  method: "POST",
  headers: { "x-tenant": "client", "x-who": "identity" },
  body: "{}",
};

function target(headers: Record<string, string>) {
  const snapshot = configSnapshot({ servers: { tools: { headers } } });
  const server = snapshot.servers.get("tools") as EffectiveServer;
  return { server, identityNames: new Set(["x-who", "authorization"]) };
}

describe("createStaticHeaders", () => {
  it("adds the server's headers with their secrets and replaces client headers of the same name", async () => {
    const auth = createStaticHeaders({ fill: async (text) => text.replace("{{ssm:/key}}", "secret") });
    const headers = { "X-Tenant": "configured", Authorization: "Bearer {{ssm:/key}}" };
    expect(await auth.apply(REQUEST, target(headers))).toEqual({
      ok: true,
      request: {
        ...REQUEST,
        headers: { "x-tenant": "configured", "x-who": "identity", authorization: "Bearer secret" },
      },
    });
  });

  it("never replaces a header that carries identity on any server", async () => {
    const auth = createStaticHeaders({ fill: async (text) => text });
    expect(await auth.apply(REQUEST, target({ x_who: "admin" }))).toEqual({ ok: true, request: REQUEST });
  });

  it("throws if a secret cannot be read, so that no request is sent without it", async () => {
    const auth = createStaticHeaders({ fill: () => Promise.reject(new Error("not readable")) });
    await expect(auth.apply(REQUEST, target({ "X-Key": "{{ssm:/key}}" }))).rejects.toThrow("not readable");
  });
});

describe("createUpstreamAuth", () => {
  const plain = createStaticHeaders({ fill: async (text) => text });
  const signed = () => {
    const tools = { upstream_auth: { type: "sigv4", service: "lambda" } };
    const server = configSnapshot({ servers: { tools } }).servers.get("tools") as EffectiveServer;
    return { server, identityNames: new Set<string>() };
  };

  it("loads credentials once, for the first server that has upstream_auth, and passes them the request's headers", async () => {
    let loaded = 0;
    const seen: unknown[] = [];
    const auth = createUpstreamAuth(plain, async () => {
      loaded += 1;
      return {
        apply: async (request, { server, credential }) => {
          seen.push([server, credential.type, request.headers["x-key"]]);
          return { ok: true, request };
        },
      };
    });
    await auth.apply(REQUEST, target({ "X-Key": "1" }));
    expect(loaded).toBe(0);
    const caller = { principal: principalWith(), token: undefined, now: new Date() };
    const { server, identityNames } = signed();
    const withHeader = { server: { ...server, headers: { "X-Key": "1" } }, identityNames, caller };
    await auth.apply(REQUEST, withHeader);
    await auth.apply(REQUEST, withHeader);
    expect([loaded, seen]).toEqual([
      1,
      [
        ["tools", "sigv4", "1"],
        ["tools", "sigv4", "1"],
      ],
    ]);
  });

  it("throws if there is no caller to create a credential for", async () => {
    const auth = createUpstreamAuth(plain, () => Promise.reject(new Error("not reached")));
    await expect(auth.apply(REQUEST, signed())).rejects.toThrow("a credential requires a caller");
  });
});
