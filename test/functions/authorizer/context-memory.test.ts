import { describe, expect, it } from "vitest";
import { admittedContext } from "../../../functions/authorizer/context-memory.ts";
import { decodePrincipal } from "../../../functions/core/principal.ts";
import { configSnapshot } from "../../support/gateway-config.ts";
import { tokenClaims } from "../../support/tokens.ts";

const withClaims = (names: string[]) =>
  configSnapshot({
    gateway: { user_identity_forwarding: { method: "claims_header", include_claims: names } },
    servers: { tools: {}, mail: {} },
  }).servers;

describe("the memory of contexts", () => {
  it("encodes a caller once for each server", () => {
    const tools = withClaims(["email"]).get("tools") as never;
    const claims = tokenClaims({ email: "alice@example.com" });
    expect(admittedContext(claims, tools)).toBe(admittedContext(claims, tools));
  });

  it("gives a server no other server's context", () => {
    const servers = withClaims(["email"]);
    const claims = tokenClaims({ email: "alice@example.com" });
    const contexts = ["tools", "mail", "tools"].map((name) =>
      admittedContext(claims, servers.get(name) as never),
    );
    expect(contexts.map((encoded) => encoded.ok && encoded.context.server)).toEqual([
      "tools",
      "mail",
      "tools",
    ]);
  });

  it("forgets a context when the server is configured anew", () => {
    const claims = tokenClaims({ email: "alice@example.com", name: "Alice" });
    const claimsUnder = (names: string[]) => {
      const encoded = admittedContext(claims, withClaims(names).get("tools") as never);
      return encoded.ok ? decodePrincipal(encoded.context)?.claims : undefined;
    };
    expect(claimsUnder(["email"])).toEqual({ email: "alice@example.com" });
    expect(claimsUnder(["name"])).toEqual({ name: "Alice" });
  });

  it("gives a caller no other caller's context", () => {
    const tools = withClaims(["email"]).get("tools") as never;
    const subs = ["U2alice", "U2bob"].map((sub) => admittedContext(tokenClaims({ sub }), tools));
    expect(subs.map((encoded) => encoded.ok && encoded.context.sub)).toEqual(["U2alice", "U2bob"]);
  });
});
