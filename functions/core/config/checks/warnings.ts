// Settings of one file that the functions accept although they are certainly (`configMistakes`) or probably (`configWarnings`) wrong.
import { hasSsePath } from "../../legacy-sse.ts";
import { type ClaimRules, ruleValues } from "../claim-rules.ts";
import { type ConfigFault, formatPath, quoteText } from "../faults.ts";
import type { GatewayConfig } from "../gateway-config.ts";
import { isProjectId, isProjectWideIssuer } from "../issuer-rules.ts";
import type { JwtValidation } from "../jwt-validation.ts";
import { FIRST_BYTE_MAX_MS, type ServerConfig } from "../server-config.ts";
import { upstreamWarnings } from "../upstream/warnings.ts";
import { isLoopbackHost } from "../urls.ts";
import { DEFAULT_JWT_EXPIRY_SECONDS } from "../user-identity-forwarding.ts";
import { curationWarnings, hasCuration } from "./curation-warnings.ts";
import { hasOnlyOtherIssuers, keyUrlFaults, keyUrlWarnings } from "./issuer-keys.ts";
import { plainSecretFaults } from "./plain-secrets.ts";
import { claimRuleWarnings, requiredClaimWarnings } from "./rule-warnings.ts";
import { isCredentialHeader, isOpaque } from "./secret-shapes.ts";

/** Default of `authorizerCacheTtl`: how long API Gateway caches a decision. */
export const DEFAULT_AUTHORIZER_CACHE_SECONDS = 300;

/** Header names whose values look like keys but are not. */
const DESCRIPTIVE_HEADER = /(?:id|hash|sha|digest|etag|version|revision|trace\w*|user-agent)$/i;
/** A smaller timeout was probably written in seconds. */
const SHORTEST_WAIT_MS = 1000;

/** Certain mistakes in one valid file: plain-text secrets, and keys with which every token is denied. The functions do not check them. */
export function configMistakes(config: GatewayConfig | ServerConfig): ConfigFault[] {
  const keys = config.jwt_validation === undefined ? [] : keyUrlFaults(config.jwt_validation);
  return [...plainSecretFaults(config), ...keys];
}

/** Warnings about one valid file, gateway.json or a server's. */
export function configWarnings(config: GatewayConfig | ServerConfig): ConfigFault[] {
  const warnings = config.jwt_validation === undefined ? [] : blockWarnings(config.jwt_validation);
  warnings.push(...descopeWarnings(config), ...identityWarnings(config), ...upstreamWarnings(config));
  if ("allowed_origins" in config) warnings.push(...urlWarnings(config), ...separatorWarnings(config));
  if ("headers" in config) {
    warnings.push(...headerWarnings("headers", config.headers));
    warnings.push(...headerWarnings("passthrough_headers", config.passthrough_headers));
  }
  if ("url" in config) warnings.push(...serverWarnings(config), ...curationWarnings(config));
  for (const key of ["tool_authorization", "prompt_authorization", "resource_authorization"] as const) {
    const rules = (config as Partial<ServerConfig>)[key];
    if (rules === undefined) continue;
    if (!Object.hasOwn(rules, "*")) warnings.push(withoutDefault(key));
    for (const [name, rule] of Object.entries(rules)) {
      if (key !== "resource_authorization" && /^\^|\$$|[|()[\]\\]/.test(name))
        warnings.push({ path: formatPath([key, name]), message: PATTERN_NAME });
      warnings.push(...claimRuleWarnings(rule.required_claims, [key, name, "required_claims"]));
    }
  }
  return warnings;
}

// A server may accept other names for a restricted one: another case, an old name, a symbolic link.
function withoutDefault(key: string): ConfigFault {
  return {
    path: key,
    message: `has no "*" entry: every name that matches no entry is allowed, even if the server accepts it as another name for a restricted one. Add "*" with the requirements for all other names, and {} for names that every caller may use.`,
  };
}

function blockWarnings(block: JwtValidation): ConfigFault[] {
  return [
    ...keySourceWarnings(block),
    ...keyUrlWarnings(block),
    ...claimRuleWarnings(block.claimValues, ["jwt_validation", "claimValues"]),
    ...requiredClaimWarnings(block),
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
    message: `ignored, because "${winner}" takes precedence. Remove one of the two.`,
  }));
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
      message: `every token of the Descope project has the project id as audience, so this rule denies no token. Use the MCP Server URL.`,
    },
  ];
}

function emailWarnings(block: JwtValidation): ConfigFault[] {
  if (!block.requiredClaims.includes("email") || hasOnlyOtherIssuers(block)) return [];
  return [
    {
      path: "jwt_validation.requiredClaims",
      message: `Descope does not add "email" to access tokens unless a JWT template or a custom claim adds it; without it, every token is denied.`,
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
      message: `${seconds} seconds, but API Gateway caches decisions for authorizerCacheTtl, which is ${DEFAULT_AUTHORIZER_CACHE_SECONDS} unless set. A stack that is deployed with this configuration uses ${seconds}; if the stack is deployed without it (config=external), set -c authorizerCacheTtl=${seconds}, or revoked tokens are allowed for longer.`,
    },
  ];
}

const PATTERN_NAME = `looks like a regular expression, but names are globs, in which only "*" is special. Write a glob such as "pro_*".`;

function urlWarnings({ public_url: url }: GatewayConfig): ConfigFault[] {
  return /^https?:\/\/[^/]+\/.+\/mcp$/.test(url ?? "")
    ? [
        {
          path: "public_url",
          message: `ends in /mcp, so that clients would call ${quoteText(`${url}/<server>/mcp`)}. Remove /mcp unless that is intended.`,
        },
      ]
    : [];
}

function separatorWarnings({ combined }: GatewayConfig): ConfigFault[] {
  return combined?.separator.includes(".")
    ? [
        {
          path: "combined.separator",
          message: `contains ".", which many clients and model APIs do not allow in the names of tools. Use "__".`,
        },
      ]
    : [];
}

function descopeWarnings({ descope }: GatewayConfig | ServerConfig): ConfigFault[] {
  if (descope === undefined) return [];
  const warnings: ConfigFault[] = [];
  const { project_id: project, audience } = descope;
  if (project !== undefined && !project.startsWith("P"))
    warnings.push({
      path: "descope.project_id",
      message: `is ${quoteText(project)}, but Descope's project ids begin with "P". Copy it from Project Settings.`,
    });
  if ([audience ?? []].flat().some(isProjectId))
    warnings.push({
      path: "descope.audience",
      message: `contains a project id, which every token of the project may have as audience, so it denies no token. Use the MCP Server URL.`,
    });
  return warnings;
}

function identityWarnings({ user_identity_forwarding: block }: GatewayConfig | ServerConfig): ConfigFault[] {
  if (block === undefined) return [];
  const { method } = block;
  const unused = [
    ...(method === "jwt_header"
      ? []
      : [
          ["audience", block.audience !== undefined, "jwt_header"] as const,
          [
            "jwt_expiry_seconds",
            block.jwt_expiry_seconds !== DEFAULT_JWT_EXPIRY_SECONDS,
            "jwt_header",
          ] as const,
        ]),
    ...(method === "bearer"
      ? []
      : [["allow_token_passthrough", block.allow_token_passthrough, "bearer"] as const]),
  ];
  const warnings = unused.flatMap(([key, given, wanted]) =>
    given
      ? [
          {
            path: `user_identity_forwarding.${key}`,
            message: `only has an effect with "method": "${wanted}", but the method is "${method}". Remove it, or change the method.`,
          },
        ]
      : [],
  );
  if (method !== "bearer" && block.header_name?.toLowerCase() === "authorization")
    warnings.push({
      path: "user_identity_forwarding.header_name",
      message: `"Authorization" carries credentials, and servers expect "Bearer …" in it, not the claims. Remove the key to use the default, or choose another name.`,
    });
  return warnings;
}

function serverWarnings(config: ServerConfig): ConfigFault[] {
  const { url, timeouts } = config;
  const warnings: ConfigFault[] = [];
  const hasRules = [
    config.tool_authorization,
    config.prompt_authorization,
    config.resource_authorization,
  ].some((rules) => rules !== undefined);
  if (config.tool_authorization_mode === "log_only")
    warnings.push({
      path: "tool_authorization_mode",
      message: hasRules
        ? `with "log_only", requests that the rules would deny are logged and allowed. Remove it to enforce the rules.`
        : `has no effect, because this server has no rules. Add some, or remove it.`,
    });
  if (!hasRules && !hasCuration(config) && config.extra_methods.length > 0)
    warnings.push({
      path: "extra_methods",
      message: `has no effect, because this server has no rules or curation: every method is allowed. Remove it.`,
    });
  for (const key of ["first_byte_ms", "idle_ms"] as const) {
    if (timeouts[key] < SHORTEST_WAIT_MS)
      warnings.push({
        path: `timeouts.${key}`,
        message: `is ${timeouts[key]} milliseconds, which is too short for most servers. If seconds were meant, write ${timeouts[key] * 1000}.`,
      });
  }
  if (isLoopbackHost(new URL(url).hostname))
    warnings.push({
      path: "url",
      message: `is on this machine, which only a local run can reach: no MCP server listens there in Lambda. Write the server's host name before you deploy.`,
    });
  if (hasSsePath(url))
    warnings.push({
      path: "url",
      message: `ends in /sse, like URLs of the HTTP+SSE transport of MCP 2024-11-05, which the gateway does not support. Use the server's Streamable HTTP endpoint, often /mcp.`,
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
    .filter(
      ([name, value]) =>
        !DESCRIPTIVE_HEADER.test(name) && isOpaque(value) && !isCredentialHeader(name, value),
    )
    .map(([name]) => ({
      path: formatPath([key, name]),
      message: `may be a credential in plain text (not shown). If it is one, store it in SSM and write "{{ssm:/name}}" here.`,
    }));
}
