import { describe, expect, it } from "vitest";
import type { EffectiveServer } from "../../../functions/core/config/effective-server.ts";
import { createStaticHeaders } from "../../../functions/proxy/upstream-auth.ts";
import { configSnapshot } from "../../support/gateway-config.ts";

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
  it("adds the server's headers with their secrets, in place of a client's of the same name", async () => {
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

  it("rejects where a secret can't be read, so that nothing is sent without it", async () => {
    const auth = createStaticHeaders({ fill: () => Promise.reject(new Error("not readable")) });
    await expect(auth.apply(REQUEST, target({ "X-Key": "{{ssm:/key}}" }))).rejects.toThrow("not readable");
  });
});
