// The `jwt_validation` block: which tokens are let in. Key names and meaning are those of Portkey's MCP gateway, so
// that a block from the Descope or Portkey documentation works unchanged; what it leaves open is rejected here.
import * as v from "valibot";
import { claimName, claimRulesSchema, type MatchType, ruleValues } from "./claim-rules.ts";
import { describeKind, describeValue, nearestName } from "./faults.ts";
import {
  checkedText,
  choice,
  closedObject,
  durationSeconds,
  faultPath,
  filledList,
  isObject,
  list,
  notes,
  textField,
  wholeNumber,
} from "./fields.ts";
import { tokenHeaderFault } from "./header-settings.ts";
import { inlineJwksSchema } from "./inline-jwks.ts";
import { audienceNeed } from "./issuer-rules.ts";
import { isSecretReference } from "./secret-references.ts";
import { urlFault } from "./urls.ts";

/** Signature algorithms that a block may allow: asymmetric only. */
const SIGNATURE_ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
] as const;

const algorithm = v.picklist(SIGNATURE_ALGORITHMS, ({ input }) => {
  const text = String(input);
  if (/^none$/i.test(text))
    return `"none" accepts tokens without a signature, so anybody could write one. Use "RS256".`;
  if (/^HS\d+$/i.test(text)) {
    return `${JSON.stringify(text)} is symmetric: whoever can check a token could also forge one. Use "RS256", or what the issuer signs with.`;
  }
  const nearest = typeof input === "string" ? nearestName(input, SIGNATURE_ALGORITHMS) : undefined;
  const advice = nearest === undefined ? "" : ` Did you mean ${JSON.stringify(nearest)}?`;
  return `expected one of ${SIGNATURE_ALGORITHMS.join(", ")}, got ${describeValue(input)}.${advice}`;
});

/** The URLs of `jwksUri`: one, several, or several with commas between them. */
export function jwksUrls(jwksUri: string | readonly string[]): string[] {
  return (typeof jwksUri === "string" ? jwksUri.split(",") : [...jwksUri]).map((url) => url.trim());
}

function jwksUriFault(text: string): string | undefined {
  return jwksUrls(text)
    .map(urlFault)
    .find((fault) => fault !== undefined);
}

const entries = {
  jwksUri: v.optional(
    v.pipe(
      v.union(
        [
          checkedText("an https URL", jwksUriFault),
          filledList(checkedText("an https URL", urlFault), "https URLs"),
        ],
        (issue) => `expected an https URL or a list of them, got ${describeValue(issue.input)}.`,
      ),
      notes({
        description:
          "Where the issuer publishes its keys: one https URL, a list, or several with commas between them. Keys are kept per URL.",
        examples: ["https://api.descope.com/P2abc/.well-known/jwks.json"],
        source: "Portkey",
      }),
    ),
  ),
  jwks: v.optional(
    v.pipe(
      inlineJwksSchema,
      notes({
        description: "The public keys themselves, as a JWK set. Wins over `jwksUri`.",
        examples: [{ keys: [{ kty: "EC", crv: "P-256", kid: "k1", x: "…", y: "…" }] }],
        source: "Portkey",
      }),
    ),
  ),
  introspectEndpoint: v.optional(
    v.pipe(
      checkedText("an https URL", urlFault),
      notes({
        description:
          "Token introspection (RFC 7662) instead of keys, for issuers other than Descope. Wins over `jwks` and `jwksUri`.",
        examples: ["https://issuer.example.com/introspect"],
        source: "Portkey",
      }),
    ),
  ),
  introspectContentType: v.optional(
    v.pipe(
      choice(["application/x-www-form-urlencoded", "application/json"]),
      notes({
        description: "Form of the introspection request.",
        examples: ["application/json"],
        source: "Portkey",
      }),
    ),
    "application/x-www-form-urlencoded",
  ),
  introspectClientId: v.optional(
    v.pipe(
      textField(),
      notes({
        description: "User name of HTTP Basic at the introspection endpoint.",
        examples: ["gateway"],
        source: "Portkey",
      }),
    ),
  ),
  introspectClientSecret: v.optional(
    v.pipe(
      v.string((issue) => secretMessage(issue.input)),
      v.check(isSecretReference, (issue) => secretMessage(issue.input)),
      notes({
        description: "Its password, as a secret reference.",
        examples: ["{{ssm:/mcp-gateway-secrets/prod/introspect-secret}}"],
        source: "Portkey",
      }),
    ),
  ),
  introspectCacheMaxAge: v.optional(
    v.pipe(
      wholeNumber("seconds", 0, 3600),
      notes({
        description:
          "How long an introspection response is kept, in seconds. 0: never. API Gateway's own cache of the authorizer must not be longer: the stack takes care of that where it is deployed with this configuration, see `authorizerCacheTtl`. A response without `exp` ends after this time too.",
        examples: [60],
        source: "Portkey",
      }),
    ),
    0,
  ),
  headerKey: v.optional(
    v.pipe(
      checkedText("a header name", tokenHeaderFault),
      notes({
        description:
          "Header that the token is read from. API Gateway fixes it when the stack is deployed: set another one in `gateway.json` only. The `Bearer ` prefix is required for `Authorization`, optional otherwise.",
        examples: ["Authorization"],
        source: "Portkey",
        defaultNote: "`Authorization`",
      }),
    ),
  ),
  algorithms: v.optional(
    v.pipe(
      filledList(algorithm, `signature algorithms such as "RS256"`),
      notes({
        description: "Signature algorithms, asymmetric only.",
        examples: [["RS256"]],
        source: "Portkey",
      }),
    ),
    ["RS256"],
  ),
  clockTolerance: v.optional(
    v.pipe(
      wholeNumber("seconds", 0, 300),
      notes({
        description: "Allowed clock difference in seconds, 0 to 300.",
        examples: [5],
        source: "Portkey",
      }),
    ),
    5,
  ),
  cacheMaxAge: v.optional(
    v.pipe(
      wholeNumber("seconds", 0, 31_536_000),
      notes({
        description:
          "Lifetime of fetched keys in seconds. It shortens the refresh, down to 30: keys are refreshed after at most 300 whatever stands here, so that revoked ones end.",
        examples: [86_400],
        source: "Portkey",
      }),
    ),
    86_400,
  ),
  maxTokenAge: v.optional(
    v.pipe(
      v.union([v.string(), v.number()], (issue) => durationMessage(issue.input)),
      v.check(
        (duration) => durationSeconds(duration) !== undefined,
        (issue) => durationMessage(issue.input),
      ),
      notes({
        description:
          "Oldest `iat` that is accepted: `30s`, `5m`, `12h`, `1d`, or seconds. A token without `iat` is then rejected.",
        examples: ["12h"],
        source: "Portkey",
      }),
    ),
  ),
  requiredClaims: v.optional(
    v.pipe(
      list(claimName(), "claim names"),
      notes({
        description: "Claims that must be present and neither null nor empty.",
        examples: [["sub", "email"]],
        source: "Portkey",
      }),
    ),
    [],
  ),
  headerPayloadMatch: v.optional(
    v.pipe(
      list(claimName(), "claim names"),
      notes({
        description:
          "Names whose values must be equal in the token's header and in its claims, type included. Absent from both is equal; absent from one is not.",
        examples: [["iss"]],
        source: "Portkey",
      }),
    ),
    [],
  ),
  claimValues: v.optional(
    v.pipe(
      claimRulesSchema,
      notes({
        description:
          "Rules by claim name or path; each must hold. A rule for `iss` is required, and one for `aud` where `iss` can be more than one issuer or is shared by a Descope project.",
        examples: [
          { iss: { values: "https://api.descope.com/v1/apps/agentic/P2abc/MS2abc", matchType: "exact" } },
        ],
        source: "Portkey",
      }),
    ),
    {},
  ),
};

/** The `jwt_validation` block. */
export const jwtValidationSchema = v.pipe(
  closedObject(entries),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!isObject(dataset.value)) return;
    for (const { key, message } of blockFaults(dataset.value)) {
      if (key === undefined) addIssue({ message });
      else addIssue({ message, path: faultPath(key) });
    }
  }),
);

/** A `jwt_validation` block with its defaults filled in. */
export type JwtValidation = v.InferOutput<typeof jwtValidationSchema>;

type BlockFault = { key?: string; message: string };

/** Rules across keys. Runs on blocks with faults elsewhere too, so nothing about the values is taken for granted. */
function blockFaults(block: Record<string, unknown>): BlockFault[] {
  const faults: BlockFault[] = [];
  if (
    block["jwksUri"] === undefined &&
    block["jwks"] === undefined &&
    block["introspectEndpoint"] === undefined
  ) {
    faults.push({
      message: `no key source. Add "jwksUri" (for Descope "https://api.descope.com/<project id>/.well-known/jwks.json"), "jwks" or "introspectEndpoint".`,
    });
  }
  if (block["introspectClientSecret"] !== undefined && block["introspectClientId"] === undefined) {
    faults.push({ key: "introspectClientSecret", message: `needs "introspectClientId" beside it. Add it.` });
  }
  if (block["introspectClientId"] !== undefined && block["introspectClientSecret"] === undefined) {
    faults.push({ key: "introspectClientId", message: `needs "introspectClientSecret" beside it. Add it.` });
  }
  const matched = block["headerPayloadMatch"];
  if (block["introspectEndpoint"] !== undefined && Array.isArray(matched) && matched.length > 0) {
    faults.push({
      key: "headerPayloadMatch",
      message: `needs a token with a header, which "introspectEndpoint" does not give. Remove one of the two.`,
    });
  }
  return [...faults, ...issuerFaults(block["claimValues"])];
}

function issuerFaults(claimValues: unknown): BlockFault[] {
  if (!isObject(claimValues)) return [];
  const { iss, aud } = claimValues;
  if (iss === undefined) {
    return [
      {
        key: "claimValues",
        message: `no rule for "iss", so a token of any issuer with these keys would pass. Add "iss": {"values": "<issuer URL>", "matchType": "exact"}.`,
      },
    ];
  }
  if (aud !== undefined || !isObject(iss)) return [];
  const need = audienceNeed(ruleValues(iss["values"] as string), iss["matchType"] as MatchType);
  if (need === undefined) return [];
  return [
    {
      key: "claimValues",
      message: `needs a rule for "aud", because ${need}. Add "aud": {"values": ["<the gateway's URL>"], "matchType": "contains"}.`,
    },
  ];
}

function secretMessage(input: unknown): string {
  return `expected a secret reference such as "{{ssm:/mcp-gateway-secrets/prod/introspect-secret}}", got ${describeKind(input)} (not shown). Store the secret in SSM and name it here.`;
}

function durationMessage(input: unknown): string {
  return `expected a duration such as "30s", "5m", "12h", "1d" or a number of seconds, got ${describeValue(input)}.`;
}
