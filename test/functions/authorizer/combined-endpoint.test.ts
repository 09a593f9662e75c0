// The combined endpoint, at the authorizer: the gateway's token rules, under a name that no server has.
import { describe, expect, it } from "vitest";
import { authorizerWith } from "../../support/authorizer-under-test.ts";
import { ISSUER, makeKey, signToken } from "../../support/tokens.ts";

const key = await makeKey("RS256", "key-1");
const token = await signToken(key, {});
const rulesFor = (aud: string) => ({
  jwks: { keys: [key.publicJwk] },
  claimValues: { iss: { values: ISSUER }, aud: { values: aud, matchType: "contains" } },
});
const gateway = { jwt_validation: rulesFor("https://mcp.example.com"), combined: { servers: "all" } };
const servers = { tools: {} };
const ARN = "arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/prod";

describe("the combined endpoint", () => {
  it("is allowed for a token that the gateway's rules allow, without any server", async () => {
    expect(await authorizerWith({ gateway, servers }).ask(token, "/mcp")).toMatchObject({
      status: 200,
      principal: { server: "/mcp", admitted: true, sub: "U2alice" },
      resource: ["POST", "GET", "DELETE"].flatMap((method) => [
        `${ARN}/${method}/mcp`,
        `${ARN}/${method}/mcp/`,
      ]),
    });
  });

  it("denies a token that only a member's own rules allow", async () => {
    const only = { ...gateway, jwt_validation: rulesFor("urn:other") };
    const authorizer = authorizerWith({
      gateway: only,
      servers: { tools: { jwt_validation: rulesFor("https://mcp.example.com") } },
    });
    expect(await authorizer.ask(token, "/mcp")).toEqual({ status: 401, why: "audience_mismatch" });
    expect(await authorizer.ask(token, "tools")).toMatchObject({ status: 200 });
  });

  it("is marked as not admitted if combined is not configured", async () => {
    const { combined: _, ...without } = gateway;
    expect(await authorizerWith({ gateway: without, servers }).ask(token, "/mcp")).toMatchObject({
      status: 200,
      principal: { server: "/mcp", admitted: false },
    });
  });
});
