// The `jwt_validation` block: which tokens are allowed. Key names and meaning are those of Portkey's MCP gateway: a block from the
// Descope or Portkey documentation works unchanged, unless it would allow tokens that are not issued for this gateway.

import * as v from "valibot";
import { isJsonObject } from "../json.ts";
import { claimName, claimRulesSchema, type MatchType, ruleValues } from "./claim-rules.ts";
import { describeKind, describeValue, nearestName } from "./faults.ts";
import {
  checkedText,
  choice,
  closedObject,
  durationSeconds,
  faultPath,
  filledList,
  list,
  optionalKey,
  textField,
  wholeNumber,
} from "./fields.ts";
import { tokenHeaderFault } from "./header-names.ts";
import { inlineJwksSchema } from "./inline-jwks.ts";
import { audienceNeed } from "./issuer-rules.ts";
import { PORTKEY_TOKEN_KEYS } from "./portkey-keys.ts";
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
    return `"none" accepts tokens without a signature, so anyone could forge one. Use "RS256".`;
  if (/^HS\d+$/i.test(text)) {
    return `${JSON.stringify(text)} is symmetric: the key that verifies a token can also forge one. Use "RS256", or what the issuer signs with.`;
  }
  const nearest = typeof input === "string" ? nearestName(input, SIGNATURE_ALGORITHMS) : undefined;
  const advice = nearest === undefined ? "" : ` Did you mean ${JSON.stringify(nearest)}?`;
  return `expected one of ${SIGNATURE_ALGORITHMS.join(", ")}, got ${describeValue(input)}.${advice}`;
});

/** The URLs of `jwksUri`: one, a list, or a comma-separated string. */
export function jwksUrls(jwksUri: string | readonly string[]): string[] {
  return (typeof jwksUri === "string" ? jwksUri.split(",") : [...jwksUri]).map((url) => url.trim());
}

function jwksUriFault(text: string): string | undefined {
  return jwksUrls(text)
    .map(urlFault)
    .find((fault) => fault !== undefined);
}

const entries = {
  jwksUri: optionalKey(
    v.union(
      [
        checkedText("an https URL", jwksUriFault),
        filledList(checkedText("an https URL", urlFault), "https URLs"),
      ],
      (issue) => `expected an https URL or a list of them, got ${describeValue(issue.input)}.`,
    ),
    {
      description:
        "URL of the issuer's JWK set: one https URL, a list, or a comma-separated string. Keys are cached per URL.",
      examples: ["https://api.descope.com/P2abc/.well-known/jwks.json"],
      source: "Portkey",
    },
  ),
  jwks: optionalKey(inlineJwksSchema, {
    description: "Inline JWK set of public keys. Takes precedence over `jwksUri`.",
    examples: [{ keys: [{ kty: "EC", crv: "P-256", kid: "k1", x: "…", y: "…" }] }],
    source: "Portkey",
  }),
  introspectEndpoint: optionalKey(checkedText("an https URL", urlFault), {
    description:
      "Token introspection endpoint (RFC 7662), used instead of keys, for issuers other than Descope. Takes precedence over `jwks` and `jwksUri`.",
    examples: ["https://issuer.example.com/introspect"],
    source: "Portkey",
  }),
  introspectContentType: optionalKey(choice(["application/x-www-form-urlencoded", "application/json"]), {
    description: "Content type of the introspection request.",
    examples: ["application/json"],
    source: "Portkey",
    default: "application/x-www-form-urlencoded",
  }),
  introspectClientId: optionalKey(textField(), {
    description: "User name for HTTP Basic authentication at the introspection endpoint.",
    examples: ["gateway"],
    source: "Portkey",
  }),
  introspectClientSecret: optionalKey(
    v.pipe(
      v.string((issue) => secretMessage(issue.input)),
      v.check(isSecretReference, (issue) => secretMessage(issue.input)),
    ),
    {
      description: "Password for the introspection endpoint, as a secret reference.",
      examples: ["{{ssm:/mcp-gateway-secrets/prod/introspect-secret}}"],
      source: "Portkey",
    },
  ),
  introspectCacheMaxAge: optionalKey(wholeNumber("seconds", 0, 3600), {
    description:
      "How long an introspection response is cached, in seconds; 0 disables the cache. Also the lifetime of a response without `exp`. API Gateway's authorizer cache must not be longer: a stack that is deployed with this configuration ensures that, see `authorizerCacheTtl`.",
    examples: [60],
    source: "Portkey",
    default: 0,
  }),
  headerKey: optionalKey(checkedText("a header name", tokenHeaderFault), {
    description:
      "Header that the token is read from. It is fixed when the stack is deployed, so it can only be changed in `gateway.json`. The `Bearer ` prefix is required for `Authorization`, optional otherwise.",
    examples: ["Authorization"],
    source: "Portkey",
    defaultNote: "`Authorization`",
  }),
  algorithms: optionalKey(filledList(algorithm, `signature algorithms such as "RS256"`), {
    description: "Allowed signature algorithms, asymmetric only.",
    examples: [["RS256"]],
    source: "Portkey",
    default: ["RS256"],
  }),
  clockTolerance: optionalKey(wholeNumber("seconds", 0, 300), {
    description: "Allowed clock difference in seconds, 0 to 300.",
    examples: [5],
    source: "Portkey",
    default: 5,
  }),
  cacheMaxAge: optionalKey(wholeNumber("seconds", 0, 31_536_000), {
    description:
      "Refresh interval of fetched keys in seconds. Values outside 30 to 300 are treated as 30 or 300: a revoked key is removed after at most 300 seconds.",
    examples: [86_400],
    source: "Portkey",
    default: 86_400,
  }),
  maxTokenAge: optionalKey(
    v.pipe(
      v.union([v.string(), v.number()], (issue) => durationMessage(issue.input)),
      v.check(
        (duration) => durationSeconds(duration) !== undefined,
        (issue) => durationMessage(issue.input),
      ),
    ),
    {
      description:
        "Maximum age of a token by its `iat`: `30s`, `5m`, `12h`, `1d`, or seconds. Tokens without `iat` are then denied.",
      examples: ["12h"],
      source: "Portkey",
    },
  ),
  requiredClaims: optionalKey(list(claimName(), "claim names"), {
    description: "Claims that must be present and not null or empty.",
    examples: [["sub", "email"]],
    source: "Portkey",
    default: [],
  }),
  headerPayloadMatch: optionalKey(list(claimName(), "claim names"), {
    description:
      "Names that must have the same value and type in the token's header and claims, or be absent from both.",
    examples: [["iss"]],
    source: "Portkey",
    default: [],
  }),
  claimValues: optionalKey(claimRulesSchema, {
    description:
      "Rules by claim name or path. The token must match all of them. A rule for `iss` is required. A rule for `aud` is required if the `iss` rule allows more than one issuer or one that is shared by a Descope project.",
    examples: [
      { iss: { values: "https://api.descope.com/v1/apps/agentic/P2abc/MS2abc", matchType: "exact" } },
    ],
    source: "Portkey",
    default: {},
  }),
};

/** The `jwt_validation` block. */
export const jwtValidationSchema = v.pipe(
  closedObject(entries, PORTKEY_TOKEN_KEYS),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!isJsonObject(dataset.value)) return;
    for (const { key, message } of blockFaults(dataset.value)) {
      if (key === undefined) addIssue({ message });
      else addIssue({ message, path: faultPath(key) });
    }
  }),
);

/** A `jwt_validation` block with its defaults. */
export type JwtValidation = v.InferOutput<typeof jwtValidationSchema>;

type BlockFault = { key?: string; message: string };

/** Rules across keys. The block may have other errors, so no value is assumed to be valid. */
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
    faults.push({ key: "introspectClientSecret", message: `requires "introspectClientId". Add it.` });
  }
  if (block["introspectClientId"] !== undefined && block["introspectClientSecret"] === undefined) {
    faults.push({ key: "introspectClientId", message: `requires "introspectClientSecret". Add it.` });
  }
  const matched = block["headerPayloadMatch"];
  if (block["introspectEndpoint"] !== undefined && Array.isArray(matched) && matched.length > 0) {
    faults.push({
      key: "headerPayloadMatch",
      message: `requires the token's header, which is not available with "introspectEndpoint". Remove one of the two.`,
    });
  }
  return [...faults, ...issuerFaults(block["claimValues"])];
}

function issuerFaults(claimValues: unknown): BlockFault[] {
  if (!isJsonObject(claimValues)) return [];
  const { iss, aud } = claimValues;
  if (iss === undefined) {
    return [
      {
        key: "claimValues",
        message: `no rule for "iss": tokens of any issuer with these keys would be allowed. Add "iss": {"values": "<issuer URL>", "matchType": "exact"}.`,
      },
    ];
  }
  if (aud !== undefined || !isJsonObject(iss)) return [];
  const need = audienceNeed(ruleValues(iss["values"] as string), iss["matchType"] as MatchType);
  if (need === undefined) return [];
  return [
    {
      key: "claimValues",
      message: `requires a rule for "aud", because ${need}. Add "aud": {"values": ["<the gateway's URL>"], "matchType": "contains"}.`,
    },
  ];
}

function secretMessage(input: unknown): string {
  return `expected a secret reference such as "{{ssm:/mcp-gateway-secrets/prod/introspect-secret}}", got ${describeKind(input)} (not shown). Store the secret in SSM and reference it here.`;
}

function durationMessage(input: unknown): string {
  return `expected a duration such as "30s", "5m", "12h", "1d" or a number of seconds, got ${describeValue(input)}.`;
}
