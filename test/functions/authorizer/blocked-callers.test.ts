// A caller in `blocked`, at the authorizer: a valid token, but 403 with the reason `blocked`.
import { describe, expect, it } from "vitest";
import { decideAccess } from "../../../functions/authorizer/decide.ts";
import { decodePrincipal } from "../../../functions/core/principal.ts";
import { authorizerWith } from "../../support/authorizer-under-test.ts";
import { configSnapshot } from "../../support/gateway-config.ts";
import { ISSUER, makeKey, NOW, NOW_SECONDS, signToken } from "../../support/tokens.ts";

const key = await makeKey("RS256", "key-1");
const token = await signToken(key, { jti: "J1", azp: "C3" });
const jwt_validation = {
  jwks: { keys: [key.publicJwk] },
  claimValues: { iss: { values: ISSUER }, aud: { values: "https://mcp.example.com", matchType: "contains" } },
};
const LEAKED = { claim: "jti", values: ["J1"], reason: "leaked token" };
const gatewayWith = (blocked: object[], servers = {}) => ({
  gateway: { jwt_validation, blocked },
  servers: { tools: {}, ...servers },
});

describe("a blocked caller", () => {
  it("is denied with 403, and the log names the claim and the operator's reason, but no value", async () => {
    const authorizer = authorizerWith(gatewayWith([LEAKED]));
    expect(await authorizer.ask(token)).toEqual({ status: 403, why: "blocked" });
    expect(authorizer.log.lines).toMatchObject([
      {
        message: "request denied",
        fields: { decision: "deny", reason: "blocked", claim: "jti", block_reason: "leaked token" },
      },
    ]);
    expect(JSON.stringify(authorizer.log.lines)).not.toContain("J1");
  });

  it("is denied at an unknown server, too", async () => {
    expect(await authorizerWith(gatewayWith([LEAKED])).ask(token, "nowhere")).toEqual({
      status: 403,
      why: "blocked",
    });
  });

  it("is denied at the combined endpoint, too", async () => {
    const { gateway, servers } = gatewayWith([LEAKED]);
    const config = { gateway: { ...gateway, combined: { servers: "all" } }, servers };
    expect(await authorizerWith(config).ask(token, "/mcp")).toEqual({ status: 403, why: "blocked" });
  });

  it("of one server is allowed at other servers", async () => {
    const authorizer = authorizerWith(
      gatewayWith([], { reports: { blocked: [{ ...LEAKED, reason: undefined }] } }),
    );
    expect(await authorizer.ask(token, "reports")).toEqual({ status: 403, why: "blocked" });
    expect(await authorizer.ask(token)).toMatchObject({ status: 200 });
  });

  it("is allowed again once the entry has ended", async () => {
    const until = "2020-01-01";
    expect(await authorizerWith(gatewayWith([{ ...LEAKED, until }])).ask(token)).toMatchObject({
      status: 200,
    });
  });
});

describe("a blocked introspected caller", () => {
  const introspected = { active: true, iss: ISSUER, sub: "U2alice", exp: NOW_SECONDS + 3600, jti: "J1" };
  const block = {
    introspectEndpoint: "https://issuer.example.com/i",
    claimValues: { iss: { values: ISSUER } },
  };
  const decide = (blocked: object[]) =>
    decideAccess(
      { server: "tools", headers: new Map([["authorization", ["Bearer opaque"]]]) },
      configSnapshot({ gateway: { blocked }, servers: { tools: { jwt_validation: block } } }),
      { resolveKey: never, introspect: async () => ({ ok: true, claims: introspected }) as never },
      NOW,
    );

  it("is denied by a claim of the introspection response", async () => {
    expect(await decide([LEAKED])).toMatchObject({ type: "denied", denial: { reason: "blocked" } });
  });

  it("can be found by the proxy, since the principal contains the whole introspection response", async () => {
    const decision = await decide([]);
    expect(decision.type === "allow" && decodePrincipal(decision.context)).toMatchObject({ introspected });
  });
});

function never(): never {
  throw new Error("not asked for");
}
