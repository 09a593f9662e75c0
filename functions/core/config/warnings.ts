// What is allowed but seldom meant: rules that lock everybody out or isolate nothing, and secrets in plain text.
import { hasSsePath } from "../legacy-sse.ts";
import { type ClaimRules, ruleValues } from "./claim-rules.ts";
import { type ConfigFault, formatPath } from "./faults.ts";
import type { GatewayConfig } from "./gateway-config.ts";
import { isProjectId, isProjectWideIssuer } from "./issuer-rules.ts";
import type { JwtValidation } from "./jwt-validation.ts";
import { secretNames } from "./secret-references.ts";
import { FIRST_BYTE_MAX_MS, type ServerConfig } from "./server-config.ts";

/** `authorizerCacheTtl` of a stack that does not set it. */
const DEFAULT_AUTHORIZER_CACHE_SECONDS = 300;
const CREDENTIAL_HEADER = /^(authorization|cookie|.*(api[-_]?key|token|secret|password).*)$/i;

/** Doubts about one accepted file, gateway.json or a server's. */
export function configWarnings(config: GatewayConfig | ServerConfig): ConfigFault[] {
  const warnings = config.jwt_validation === undefined ? [] : blockWarnings(config.jwt_validation);
  if ("headers" in config) {
    warnings.push(...headerWarnings("headers", config.headers));
    warnings.push(...headerWarnings("passthrough_headers", config.passthrough_headers));
  }
  if ("url" in config) warnings.push(...serverWarnings(config));
  for (const key of ["tool_authorization", "prompt_authorization", "resource_authorization"] as const) {
    const rules = (config as Partial<ServerConfig>)[key];
    if (rules === undefined) continue;
    if (!Object.hasOwn(rules, "*")) warnings.push(withoutDefault(key));
    for (const [name, rule] of Object.entries(rules)) {
      warnings.push(...neverMatching(rule.required_claims, [key, name, "required_claims"]));
    }
  }
  return warnings;
}

// Another case, an old name that still works, a symbolic link: what else a server takes for a forbidden name is not known here.
function withoutDefault(key: string): ConfigFault {
  return {
    path: key,
    message: `has no "*" entry, so every name that no entry covers is allowed, also another name by which the server knows a restricted one. Add "*" with what is required of all others, and {} for what is open to everyone.`,
  };
}

function blockWarnings(block: JwtValidation): ConfigFault[] {
  return [
    ...keySourceWarnings(block),
    ...neverMatching(block.claimValues, ["jwt_validation", "claimValues"]),
    ...audienceWarnings(block.claimValues),
    ...emailWarnings(block),
    ...introspectionWarnings(block),
  ];
}

function keySourceWarnings(block: JwtValidation): ConfigFault[] {
  const given = (["introspectEndpoint", "jwks", "jwksUri"] as const).filter(
    (key) => block[key] !== undefined,
  );
  const [winner, ...ignored] = given;
  return ignored.map((key) => ({
    path: `jwt_validation.${key}`,
    message: `ignored, because "${winner}" wins over it. Remove one of the two.`,
  }));
}

function neverMatching(rules: ClaimRules, path: readonly string[]): ConfigFault[] {
  return Object.entries(rules).flatMap(([claim, rule]) =>
    rule.matchType === "exact" && ruleValues(rule.values).length > 1
      ? [
          {
            path: formatPath([...path, claim, "values"]),
            message: `"exact" compares one value with one value, so a list of ${ruleValues(rule.values).length} never matches and nobody gets in. Use "contains" to accept any of them.`,
          },
        ]
      : [],
  );
}

function audienceWarnings(rules: ClaimRules): ConfigFault[] {
  const { iss, aud } = rules;
  if (iss === undefined || aud === undefined) return [];
  const audiences = ruleValues(aud.values);
  const isolates =
    aud.matchType === "containsAll" ? !audiences.every(isProjectId) : !audiences.some(isProjectId);
  if (isolates || !ruleValues(iss.values).some(isProjectWideIssuer)) return [];
  return [
    {
      path: "jwt_validation.claimValues.aud",
      message: `every token of the Descope project names the project id as audience, so this rule keeps nobody out. Use the MCP Server URL.`,
    },
  ];
}

function emailWarnings(block: JwtValidation): ConfigFault[] {
  if (!block.requiredClaims.includes("email")) return [];
  return [
    {
      path: "jwt_validation.requiredClaims",
      message: `Descope puts no "email" into access tokens unless a JWT template or a custom claim adds it; without one, nobody gets in.`,
    },
  ];
}

function introspectionWarnings({
  introspectEndpoint,
  introspectCacheMaxAge: seconds,
}: JwtValidation): ConfigFault[] {
  if (introspectEndpoint === undefined || seconds >= DEFAULT_AUTHORIZER_CACHE_SECONDS) return [];
  return [
    {
      path: "jwt_validation.introspectCacheMaxAge",
      message: `${seconds} seconds, but API Gateway keeps decisions for authorizerCacheTtl, which is ${DEFAULT_AUTHORIZER_CACHE_SECONDS} unless set. A stack deployed with this configuration keeps to ${seconds}; where the stack is deployed without it (config=external), set -c authorizerCacheTtl=${seconds}, or revoked tokens stay allowed for longer.`,
    },
  ];
}

function serverWarnings({ url, timeouts }: ServerConfig): ConfigFault[] {
  const warnings: ConfigFault[] = [];
  if (hasSsePath(url))
    warnings.push({
      path: "url",
      message: `ends in /sse, as URLs of the HTTP+SSE transport of MCP 2024-11-05 do, which the gateway does not relay. Name the server's Streamable HTTP endpoint, often /mcp.`,
    });
  if (timeouts.first_byte_ms > FIRST_BYTE_MAX_MS)
    warnings.push({
      path: "timeouts.first_byte_ms",
      message: `${timeouts.first_byte_ms} ms, but API Gateway ends a response that has not begun after 5 minutes. Set at most ${FIRST_BYTE_MAX_MS}; a tool that runs longer must report progress in an event stream.`,
    });
  return warnings;
}

function headerWarnings(key: string, headers: Readonly<Record<string, string>>): ConfigFault[] {
  return Object.entries(headers)
    .filter(([name, value]) => CREDENTIAL_HEADER.test(name) && secretNames(value).length === 0)
    .map(([name]) => ({
      path: formatPath([key, name]),
      message: `looks like a credential in plain text. Store it in SSM and write "{{ssm:/name}}" here.`,
    }));
}
