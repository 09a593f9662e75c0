// Warnings that concern gateway.json and server files together.

import { quote } from "../../safe-text.ts";
import { type ClaimRules, ruleValues } from "../claim-rules.ts";
import { expandServerTokens } from "../effective-tokens.ts";
import { type ConfigFault, formatPath, quoteText } from "../faults.ts";
import type { GatewayConfig } from "../gateway-config.ts";
import type { ServerConfig } from "../server-config.ts";
import { combinedMemberWarnings } from "./combined-members.ts";
import { contradictedClaims } from "./rule-warnings.ts";

type Tokens = Pick<GatewayConfig | ServerConfig, "descope" | "jwt_validation">;

/**
 * Warnings about gateway.json together with its servers.
 *
 * @param servers by name
 */
export function gatewayMergedWarnings(
  gateway: GatewayConfig,
  servers: ReadonlyMap<string, ServerConfig>,
): ConfigFault[] {
  const names = [...servers.keys()];
  const warnings = audienceWarnings(gateway, gateway.public_url, names);
  if ([...servers.values()].every(({ enabled }) => !enabled))
    warnings.push({
      path: "",
      message:
        names.length === 0
          ? "there is no server, so every request gets a 404. Add servers/<name>.json for each server."
          : 'no server is enabled, so every request gets a 404. Remove "enabled": false from a server.',
    });
  return warnings;
}

/** Warnings about a server file together with gateway.json. */
export function serverMergedWarnings(
  name: string,
  gateway: GatewayConfig,
  server: ServerConfig,
): ConfigFault[] {
  const tokens = expandServerTokens(server, gateway);
  const outer = tokens.jwt_validation?.claimValues ?? {};
  const warnings = [
    ...combinedMemberWarnings(name, gateway, server),
    ...audienceWarnings(server, gateway.public_url, [name]),
  ];
  const supported = server.scopes_supported ?? gateway.scopes_supported;
  for (const key of ["tool_authorization", "prompt_authorization", "resource_authorization"] as const) {
    for (const [pattern, rule] of Object.entries(server[key] ?? {})) {
      warnings.push(...scopeWarnings([key, pattern, "required_scopes"], rule.required_scopes, supported));
      warnings.push(...contradictions([key, pattern, "required_claims"], rule.required_claims, outer));
    }
  }
  return warnings;
}

function contradictions(path: readonly string[], inner: ClaimRules, outer: ClaimRules): ConfigFault[] {
  return contradictedClaims(inner, outer).map((claim) => ({
    path: formatPath([...path, claim]),
    message: `never matches: "claimValues" in "jwt_validation" only allows values of "${claim}" that this rule denies. Change one of the two.`,
  }));
}

function scopeWarnings(
  path: readonly string[],
  required: readonly string[],
  supported: readonly string[] | undefined,
): ConfigFault[] {
  const unknown = required.filter((scope) => !supported?.includes(scope));
  if (unknown.length === 0) return [];
  const list = unknown.map(quoteText).join(", ");
  return [
    {
      path: formatPath([...path]),
      message: `${list}: not in "scopes_supported", so clients do not request it when they sign in, but only after a 403. Add it there, and to the MCP Server in Descope.`,
    },
  ];
}

/** Audiences that differ from a URL of the gateway only by a slash or by case: audiences are compared byte for byte. */
function audienceWarnings(
  tokens: Tokens,
  publicUrl: string | undefined,
  servers: readonly string[],
): ConfigFault[] {
  if (publicUrl === undefined) return [];
  const own = [publicUrl, `${publicUrl}/mcp`, ...servers.map((name) => `${publicUrl}/${name}/mcp`)];
  const rule = tokens.jwt_validation?.claimValues["aud"];
  const inBlock = rule === undefined || rule.matchType === "regex" ? [] : ruleValues(rule.values);
  const inShorthand = [tokens.descope?.audience ?? []].flat();
  const doubts = (path: string, audiences: readonly string[]) =>
    audiences.flatMap((audience) => {
      const meant = own.find((url) => loose(url) === loose(audience));
      return meant === undefined || own.includes(audience)
        ? []
        : [{ path, message: audienceMessage(audience, meant) }];
    });
  return [
    ...doubts("descope.audience", inShorthand),
    ...doubts("jwt_validation.claimValues.aud.values", inBlock),
  ];
}

function audienceMessage(audience: string, meant: string): string {
  const how = audience.toLowerCase() === meant.toLowerCase() ? "by case" : "by a slash";
  return `${quoteText(audience)} differs from this gateway's URL ${quoteText(meant)} only ${how}, and audiences are compared byte for byte. Write ${quote(meant)}, and set exactly that as the MCP Server's URL in Descope.`;
}

function loose(url: string): string {
  return url.toLowerCase().replace(/\/+$/, "");
}
