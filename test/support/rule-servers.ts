// Servers with one kind of token rule each, for the table of tokens and rules, and the key sources behind them.
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { type KeyServer, startKeyServer } from "./key-server.ts";
import { closedPort, startHttp } from "./loopback-server.ts";
import type { TokenIssuer } from "./token-issuer.ts";
import { makeKey, type TestKey } from "./tokens.ts";

export const OTHER_ISSUER = "https://other.example.com/tenant-1";

export type RuleSources = {
  /** of the other issuer; `servers` gives it the same `kid` as the stand's own key */
  twin: TestKey;
  /** ES256 */
  curve: TestKey;
  /** its public part is in the configuration */
  inline: TestKey;
  other: KeyServer;
  servers(issuer: TokenIssuer): Record<string, Record<string, unknown>>;
  close(): Promise<void>;
};

export async function startRuleSources(): Promise<RuleSources> {
  const [stranger, curve, inline] = await Promise.all([
    makeKey(),
    makeKey("ES256", "curve"),
    makeKey("RS256", "inline"),
  ]);
  const other = await startKeyServer();
  const introspection = await startHttp(async (request, response) => {
    const claims = Buffer.from(new URLSearchParams(await text(request)).get("token") ?? "", "base64url");
    response.end(claims.toString());
  });
  const down = `http://127.0.0.1:${await closedPort()}/keys`;
  const urls = { other: other.url, introspection: introspection.url, down, inline };
  const sources: RuleSources = {
    twin: stranger,
    curve,
    inline,
    other,
    servers: (issuer) => {
      const { kid } = issuer.key;
      sources.twin = { ...stranger, kid, publicJwk: { ...stranger.publicJwk, kid } };
      other.publish(sources.twin, curve);
      return ruleServers(issuer, urls);
    },
    close: async () => {
      await Promise.all([other.close(), introspection.close()]);
    },
  };
  return sources;
}

type Urls = { other: string; introspection: string; down: string; inline: TestKey };

function ruleServers(
  { jwtValidation, issuer }: TokenIssuer,
  urls: Urls,
): Record<string, Record<string, unknown>> {
  const { jwksUri, claimValues } = jwtValidation;
  const block = (changes: object, rules: object = {}) => ({
    jwt_validation: { jwksUri, ...changes, claimValues: { ...claimValues, ...rules } },
  });
  const rule = (claim: string, values: unknown, matchType: string) =>
    block({}, { [claim]: { values, matchType } });
  const otherIssuer = { iss: { values: OTHER_ISSUER }, aud: undefined };
  const bothIssuers = { iss: { values: [issuer, OTHER_ISSUER], matchType: "contains" } };
  return {
    ...guideServers(jwksUri, issuer),
    plain: {},
    off: { enabled: false },
    "exact-text": rule("plan", "pro", "exact"),
    "exact-number": rule("level", 5, "exact"),
    "exact-flag": rule("beta", true, "exact"),
    "any-of": rule("roles", ["admin", "editor"], "contains"),
    "all-of": rule("roles", ["admin", "editor"], "containsAll"),
    pattern: rule("email", "@example\\.com$", "regex"),
    unanchored: rule("groups", "admin", "regex"),
    scoped: rule("scope", ["read", "write"], "containsAll"),
    scp: rule("scp", "read", "contains"),
    path: rule("tenants.T2abc.roles", "editor", "contains"),
    dotted: rule("https://example.com/app.role", "admin", "exact"),
    proto: block({ requiredClaims: ["constructor"] }),
    required: block({ requiredClaims: ["sub", "email", "address.city"] }),
    young: block({ maxTokenAge: "5m" }),
    punctual: block({ clockTolerance: 0 }),
    patient: block({ clockTolerance: 120 }),
    other: block({ jwksUri: urls.other }, otherIssuer),
    curved: block({ jwksUri: urls.other, algorithms: ["ES256"] }, otherIssuer),
    either: block({ jwksUri: [jwksUri, urls.other], algorithms: ["RS256", "ES256"] }, bothIssuers),
    inline: block({ jwks: { keys: [urls.inline.publicJwk] }, jwksUri: undefined }),
    down: block({ jwksUri: urls.down }),
    opaque: block({ introspectEndpoint: urls.introspection, jwksUri: undefined }, otherIssuer),
  };
}

/** The blocks of the Descope guide as they stand, but for the issuer and its keys. */
function guideServers(jwksUri: string, issuer: string): Record<string, Record<string, unknown>> {
  const guide = readFileSync(new URL("../fixtures/descope-guide-blocks.json", import.meta.url), "utf8")
    .replaceAll(/https:[^"]*jwks\.json/g, jwksUri)
    .replaceAll(/https:[^"]*\/v1\/apps\/[^"]*/g, issuer);
  const blocks = JSON.parse(guide) as Record<string, unknown>[];
  return Object.fromEntries(blocks.map((each, index) => [`guide-${index + 1}`, each]));
}
