import { describe, expect, it } from "vitest";
import { lockouts } from "../../cli/lockouts.ts";
import { buildSnapshot } from "../../functions/core/config-snapshot.ts";
import { type ConfigParts, configParameters } from "../support/gateway-config.ts";

const NOTHING = { servers: new Map() };
const KEYS = "https://auth.example.com/P2/.well-known/jwks.json";
const ISSUER = "https://auth.example.com/v1/apps/agentic/P2/MS2";
const OTHER = "https://auth.example.com/v1/apps/agentic/P2/MS3";
const AUDIENCE = "https://mcp.example.com";

type Block = Record<string, unknown>;

const block = (changes: Block = {}, claims: Block = {}) => ({
  jwksUri: KEYS,
  claimValues: { iss: { values: ISSUER }, aud: { values: AUDIENCE, matchType: "contains" }, ...claims },
  ...changes,
});

function compare(before: ConfigParts, after: ConfigParts): string[] {
  const found = lockouts(
    buildSnapshot(configParameters(before), NOTHING).snapshot,
    buildSnapshot(configParameters(after), NOTHING),
  );
  return found.map(({ servers, reason }) => `${servers.join(" ")}: ${reason}`);
}

/** Reasons when the gateway's block changes, with one server. */
function changed(before: Block, after: Block): string[] {
  const parts = (jwt_validation: Block) => ({ gateway: { jwt_validation }, servers: { tools: {} } });
  return compare(parts(before), parts(after));
}

const iss = (values: unknown, matchType = "contains") => ({ iss: { values, matchType } });

describe("lockouts", () => {
  it.each<[string, Block, Block, string]>([
    [
      "another issuer",
      block(),
      block({}, iss(OTHER)),
      `tools: "iss" would have to be ${OTHER}, but current tokens have ${ISSUER}. All callers would have to sign in again, and are allowed only if Descope issues that value.`,
    ],
    [
      "a pattern that the issuer does not match",
      block(),
      block({}, iss("^https://other\\.example/", "regex")),
      `tools: "iss" would have to be ^https://other\\.example/, but current tokens have ${ISSUER}. All callers would have to sign in again, and are allowed only if Descope issues that value.`,
    ],
    [
      "another audience",
      block(),
      block({}, { aud: { values: "https://new.example.com", matchType: "contains" } }),
      'tools: "aud" would have to be https://new.example.com, but current tokens have https://mcp.example.com. All callers would have to sign in again, and are allowed only if Descope issues that value.',
    ],
    [
      "an audience where none was required",
      block({ claimValues: { iss: { values: ISSUER } } }),
      block(),
      'tools: "aud" would have to be https://mcp.example.com, which was not required before: tokens contain it only if it is the MCP Server URL in the Descope console.',
    ],
    [
      "email required",
      block({ requiredClaims: ["sub"] }),
      block({ requiredClaims: ["sub", "email"] }),
      'tools: "email" would be required, but Descope puts no "email" into tokens by default: without a custom claim or a JWT template for it, all callers are denied.',
    ],
    [
      "a rule for a custom claim",
      block(),
      block({}, { plan: { values: "pro" } }),
      'tools: "plan" would be required, but tokens may lack "plan": without a custom claim or a JWT template for it, all callers are denied.',
    ],
    [
      "other values of a claim",
      block({}, { plan: { values: "pro" } }),
      block({}, { plan: { values: "free" } }),
      'tools: "plan" would have to be free, but current tokens have pro. All callers would have to sign in again, and are allowed only if Descope issues that value.',
    ],
    [
      "keys of another project",
      block(),
      block({ jwksUri: "https://auth.example.com/P3/.well-known/jwks.json" }),
      `tools: keys would come from https://auth.example.com/P3/.well-known/jwks.json instead of ${KEYS}: current tokens pass only if it has the same keys.`,
    ],
    [
      "introspection instead of keys",
      block(),
      block({ jwksUri: undefined, introspectEndpoint: "https://idp.example.com/i" }),
      `tools: keys would come from https://idp.example.com/i instead of ${KEYS}: current tokens pass only if it has the same keys.`,
    ],
    [
      "other algorithms",
      block(),
      block({ algorithms: ["ES256"] }),
      "tools: only ES256 would be allowed, but current tokens are signed with RS256.",
    ],
    [
      "a rule that never matches",
      block(),
      block({}, iss([ISSUER, OTHER], "exact")),
      'tools: the rule for "iss" is "exact" with 2 values, which never matches. Use "contains".',
    ],
    [
      "the token in another header",
      block(),
      block({ headerKey: "X-Token" }),
      "tools: the token would be read from X-Token instead of Authorization, but API Gateway forwards the header that the stack was deployed with. Deploy the stack with this configuration instead.",
    ],
  ])("reports %s", (_name, before, after, reason) => {
    expect(changed(before, after)).toEqual([reason]);
  });

  it("reports the removal of the gateway's block, for the servers without their own", () => {
    const own = { jwt_validation: block() };
    expect(
      compare(
        { servers: { tools: {}, other: {}, own } },
        { gateway: { jwt_validation: undefined }, servers: { tools: {}, other: {}, own } },
      ),
    ).toEqual([
      'tools other: the gateway would reject it: jwt_validation: no token rules: neither this server nor gateway.json has any. Add "jwt_validation" here, or "descope" or "jwt_validation" to gateway.json.',
    ]);
  });

  it("reports that every server is disabled", () => {
    expect(
      compare(
        { servers: { a: {}, b: {}, off: { enabled: false } } },
        { servers: { a: { enabled: false }, b: { enabled: false }, off: { enabled: false } } },
      ),
    ).toEqual(["a b: no server would remain enabled."]);
  });

  it("reports a reason once for all affected servers", () => {
    const after = { gateway: { jwt_validation: block({}, iss(OTHER)) }, servers: { a: {}, b: {} } };
    const found = compare({ servers: { a: {}, b: {} } }, after);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^a b: "iss" would have to be/);
  });
});

describe("lockouts does not report", () => {
  it.each<[string, Block, Block]>([
    ["an added issuer", block(), block({}, iss([ISSUER, OTHER]))],
    ["a removed issuer", block({}, iss([ISSUER, OTHER])), block({}, iss(ISSUER))],
    ["a pattern that the issuer matches", block(), block({}, iss("^https://auth\\.example\\.com/", "regex"))],
    [
      "a pattern made exact",
      block({}, iss("^https://auth\\.example\\.com/", "regex")),
      block({}, iss(ISSUER)),
    ],
    [
      "one pattern for another",
      block({}, iss("^https://a", "regex")),
      block({}, iss("^https://au", "regex")),
    ],
    [
      "Descope's other address of the same keys",
      block(),
      block({ jwksUri: "https://auth.example.com/v2/keys/P2" }),
    ],
    ["a second key source", block(), block({ jwksUri: [KEYS, "https://b.example.com/jwks"] })],
    ["a claim that every token has", block(), block({ requiredClaims: ["sub", "iat", "exp", "aud"] })],
    [
      "a rule for a required claim",
      block({ requiredClaims: ["plan"] }),
      block({}, { plan: { values: "pro" } }),
    ],
    [
      "a required claim that had a rule",
      block({}, { plan: { values: "pro" } }),
      block({ requiredClaims: ["plan"] }),
    ],
    ["an added algorithm", block(), block({ algorithms: ["RS256", "ES256"] })],
    ["a shorter tolerance", block(), block({ clockTolerance: 0 })],
    ["a removed rule", block({}, { plan: { values: "pro" } }), block()],
  ])("%s", (_name, before, after) => {
    expect(changed(before, after)).toEqual([]);
  });

  it("one disabled server of several", () => {
    expect(compare({ servers: { a: {}, b: {} } }, { servers: { a: { enabled: false }, b: {} } })).toEqual([]);
  });

  it("a rule of a server that was disabled", () => {
    const jwt_validation = block({}, iss(OTHER));
    expect(
      compare(
        { servers: { a: {}, off: { enabled: false } } },
        { servers: { a: {}, off: { enabled: false, jwt_validation } } },
      ),
    ).toEqual([]);
  });

  it("anything if nothing is deployed", () => {
    expect(lockouts(undefined, buildSnapshot(configParameters(), NOTHING))).toEqual([]);
  });
});

describe("a descope block with all forms of issuer", () => {
  const base = "https://auth.example.com";
  const descope = { project_id: "P2", mcp_server_id: "MS2", base_url: base };
  const file = (parts: Block) => ({
    gateway: { jwt_validation: undefined, ...parts },
    servers: { tools: {} },
  });
  const between = (before: Block, after: Block) => compare(file(before), file(after));
  const own = `${base}/v1/apps/agentic/P2/MS2`;
  const exact = (claims: Block) => ({
    jwt_validation: { jwksUri: `${base}/P2/.well-known/jwks.json`, claimValues: claims },
  });

  it.each<[string, Block, Block]>([
    ["only changes the audience", { descope }, { descope: { ...descope, audience: AUDIENCE } }],
    ["replaces the exact issuer", exact({ iss: { values: own } }), { descope }],
    ["replaces a pattern", exact({ ...iss("^https://", "regex"), aud: { values: AUDIENCE } }), { descope }],
    [
      "takes the place of the project's issuer with this gateway in aud",
      exact({ ...iss([`${base}/v1/apps/P2`, `${base}/P2`]), aud: { values: AUDIENCE } }),
      { descope },
    ],
    ["is replaced by its own exact issuer", { descope }, exact({ iss: { values: own } })],
    [
      "gives way to the project's issuer with this gateway in aud",
      { descope },
      exact({ ...iss([`${base}/v1/apps/P2`]), aud: { values: AUDIENCE } }),
    ],
  ])("does not lock callers out if it %s", (_, before, after) => {
    expect(between(before, after)).toEqual([]);
  });

  it.each<[string, Block, Block, string]>([
    [
      "another MCP Server",
      { descope },
      { descope: { ...descope, mcp_server_id: "MS3" } },
      '"iss" would have to be',
    ],
    [
      "another issuer than before",
      exact({ iss: { values: "https://x.example" } }),
      { descope },
      '"iss" would have to be',
    ],
    [
      "a block of another issuer",
      { descope },
      exact({ iss: { values: "https://x.example" } }),
      '"iss" would have to be',
    ],
    [
      "a block with another audience",
      { descope },
      exact({ iss: { values: own }, aud: { values: "https://x.example" } }),
      '"aud" would have to be',
    ],
  ])("locks all callers out with %s", (_, before, after, reason) => {
    expect(between(before, after).join()).toContain(reason);
  });
});
