// Checks of `combined` that need the server files too.
import type { Claims } from "../../claims.ts";
import { ruleValues } from "../claim-rules.ts";
import { effectiveServer } from "../effective-server.ts";
import { gatewayIssuer } from "../effective-tokens.ts";
import { type ConfigFault, formatPath, nearestName, quoteText } from "../faults.ts";
import type { GatewayConfig } from "../gateway-config.ts";
import type { ServerConfig } from "../server-config.ts";
import { isServerName } from "../server-name.ts";
import type { TokenRules } from "../token-rules.ts";

/** Clients and model APIs reject longer tool names. */
const TOOL_NAME_MAX = 64;
/** Fewer characters are too few for many tools' names. */
const TOOL_NAME_ROOM = 32;
/** Checks of a token that a token for another URL fails. */
const IDENTIFYING_CHECKS: ReadonlySet<string> = new Set(["iss", "aud", "claimValues iss", "claimValues aud"]);

/**
 * Members that do not exist.
 *
 * @param servers the names of all server files
 */
export function combinedMemberFaults(
  { combined }: GatewayConfig,
  servers: ReadonlySet<string>,
): ConfigFault[] {
  if (combined === undefined || combined.servers === "all") return [];
  return combined.servers.flatMap((name, index) => {
    if (servers.has(name)) return [];
    const path = formatPath(["combined", "servers", index]);
    return [{ path, message: `there is no server ${quoteText(name)}. ${missingAdvice(name, servers)}` }];
  });
}

function missingAdvice(name: string, servers: ReadonlySet<string>): string {
  const nearest = nearestName(name, [...servers]);
  if (nearest !== undefined) return `Did you mean ${quoteText(nearest)}?`;
  return isServerName(name)
    ? `Add servers/${name}.json, or remove it here.`
    : 'Write the name of a file in servers/, without ".json".';
}

/** Disabling a server must not need a change of gateway.json too. */
function disabledMember(): ConfigFault {
  return {
    path: "enabled",
    message: `the server is disabled, so it is absent from the combined endpoint too.`,
  };
}

/** Warnings about a member of the combined endpoint; paths are those of its file. */
export function combinedMemberWarnings(
  name: string,
  gateway: GatewayConfig,
  server: ServerConfig,
): ConfigFault[] {
  const { combined } = gateway;
  const isNamed = combined !== undefined && combined.servers !== "all" && combined.servers.includes(name);
  if (!server.enabled) return isNamed ? [disabledMember()] : [];
  if (!isNamed && combined?.servers !== "all") return [];
  return [...lengthWarnings(name, gateway), ...tokenWarnings(name, gateway, server)];
}

function lengthWarnings(name: string, { combined }: GatewayConfig): ConfigFault[] {
  const length = `${name}${combined?.separator}`.length;
  if (combined?.separator === "" || length <= TOOL_NAME_MAX - TOOL_NAME_ROOM) return [];
  return [
    {
      path: "",
      message: `the combined endpoint puts ${length} characters before the names of this server's tools, and many clients allow ${TOOL_NAME_MAX} in all. Give the server a shorter name.`,
    },
  ];
}

/** A member without a block of its own has the endpoint's rules. */
function tokenWarnings(name: string, gateway: GatewayConfig, server: ServerConfig): ConfigFault[] {
  const block = server.descope === undefined ? "jwt_validation" : "descope";
  const { public_url: publicUrl } = gateway;
  const issuer = gatewayIssuer(gateway);
  if (server[block] === undefined || publicUrl === undefined || issuer === undefined) return [];
  const effective = effectiveServer(name, gateway, server);
  if (!effective.ok) return [];
  const audiences = [`${publicUrl}/mcp`, publicUrl, ...gatewayAudiences(gateway)];
  const tokens = [...audiences, audiences].map((aud) => ({ iss: issuer, aud }));
  if (tokens.some((claims) => passes(claims, effective.server.tokenRules))) return [];
  return [
    {
      path: block,
      message: `denies tokens that clients get for ${quoteText(`${publicUrl}/mcp`)}, so this server is always absent there. Accept their issuer and audience here, remove this block, or remove the server from "combined" in gateway.json.`,
    },
  ];
}

function passes(claims: Claims, { checks }: TokenRules): boolean {
  return checks.claims
    .filter(({ name }) => IDENTIFYING_CHECKS.has(name))
    .every(({ denial }) => denial({ claims, header: {}, now: 0 }) === undefined);
}

function gatewayAudiences({ descope, jwt_validation }: GatewayConfig): string[] {
  const rule = jwt_validation?.claimValues["aud"];
  return [
    ...[descope?.audience ?? []].flat(),
    ...(rule === undefined || rule.matchType === "regex" ? [] : ruleValues(rule.values)),
  ];
}
