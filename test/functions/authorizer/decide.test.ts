import { describe, expect, it } from "vitest";
import { authorizerWith } from "../../support/authorizer-under-test.ts";
import { JWT_VALIDATION } from "../../support/gateway-config.ts";
import { makeKey, signToken } from "../../support/tokens.ts";

/** What the proxy is told of the tenant of a caller whose token has these claims. */
async function tenantOf(claims: Record<string, unknown>, tools: Record<string, unknown>) {
  const key = await makeKey("RS256", "key-1");
  const { jwksUri: _, ...rest } = JWT_VALIDATION;
  const jwt_validation = { ...rest, jwks: { keys: [key.publicJwk] } };
  const authorizer = authorizerWith({ gateway: { jwt_validation }, servers: { tools } });
  const outcome = await authorizer.ask(await signToken(key, claims));
  if (outcome.status !== 200) throw new Error(outcome.why);
  const { tenant, tenantIsMember } = outcome.principal;
  return [tenant, tenantIsMember];
}

describe("the caller's tenant at a server whose upstream depends on the tenant", () => {
  const byTenant = { tenant_required: true };
  it.each<[Record<string, unknown>, unknown[]]>([
    [{ dct: "T1", tenants: { T1: {}, T2: {} } }, ["T1", true]],
    [{ tenants: { T1: {} } }, ["T1", true]],
    [{ dct: "acme.com", tenants: { "acme.com": {} } }, ["acme.com", true]],
    [{ dct: "T9", tenants: { T1: {} } }, ["T9", undefined]],
    [{ dct: "T1" }, ["T1", undefined]],
    [{ dct: "T1", tenants: ["T1"] }, ["T1", undefined]],
    [{ dct: "toString", tenants: { T1: {} } }, ["toString", undefined]],
    [{ tenants: { T1: {}, T2: {} } }, ["", undefined]],
  ])("for the claims %j is %j", async (claims, expected) => {
    expect(await tenantOf(claims, byTenant)).toEqual(expected);
  });

  it("is not checked for any other server", async () => {
    expect(await tenantOf({ dct: "T1", tenants: { T1: {} } }, {})).toEqual(["T1", undefined]);
  });
});
