// Which tokens the gateway and each server allow: a server's own block or, without one, the gateway's, each in the short form (`descope`)
// or the full one (`jwt_validation`).
import {
  compileDescope,
  type DescopeShorthand,
  descopeIssuer,
  expandDescope,
  serverDescope,
} from "./descope-shorthand.ts";
import type { ConfigFault } from "./faults.ts";
import type { GatewayConfig } from "./gateway-config.ts";
import type { JwtValidation } from "./jwt-validation.ts";
import type { ServerConfig } from "./server-config.ts";
import { compileTokenRules, DEFAULT_HEADER_KEY, type TokenRules } from "./token-rules.ts";

/** The configuration with `descope` replaced by the equivalent block, if there is one. Idempotent. */
export function expandGatewayConfig(gateway: GatewayConfig): GatewayConfig {
  const { descope, ...rest } = gateway;
  const block = descope && expandDescope(descope);
  return block === undefined ? gateway : { ...rest, jwt_validation: block };
}

/** A server with its effective token rules, expanded in the same way. */
export function expandServerTokens(
  server: ServerConfig,
  gateway: GatewayConfig,
): Pick<ServerConfig, "descope" | "jwt_validation"> {
  const own = server.descope && serverDescope(server.descope, gateway.descope);
  const descope = own?.ok ? own.descope : undefined;
  if (descope !== undefined) {
    const block = expandDescope(descope);
    return block === undefined ? { descope } : { descope: undefined, jwt_validation: block };
  }
  const { jwt_validation, descope: shorthand } = expandGatewayConfig(gateway);
  return {
    jwt_validation: server.jwt_validation ?? jwt_validation,
    descope: server.jwt_validation ? undefined : shorthand,
  };
}

/** The header with the token, for all servers: API Gateway's identity source. */
export function gatewayHeaderKey(gateway: GatewayConfig): string {
  return gateway.jwt_validation?.headerKey ?? DEFAULT_HEADER_KEY;
}

/**
 * The gateway's token rules; undefined if gateway.json has none.
 *
 * @param publicUrl the gateway's URL if gateway.json has no `public_url`
 */
export function gatewayTokenRules(gateway: GatewayConfig, publicUrl?: string): TokenRules | undefined {
  const headerKey = gatewayHeaderKey(gateway);
  if (gateway.descope !== undefined) {
    return compileDescope(gateway.descope, headerKey, gatewayUrls(gateway, publicUrl));
  }
  return gateway.jwt_validation && compileTokenRules(gateway.jwt_validation, headerKey);
}

/** URLs of the whole gateway that `aud` may contain. */
function gatewayUrls({ public_url }: GatewayConfig, publicUrl: string | undefined): string[] {
  const url = public_url ?? publicUrl;
  return url === undefined ? [] : [url, `${url}/mcp`];
}

function serverUrls(name: string, { public_url }: GatewayConfig, publicUrl: string | undefined): string[] {
  const url = public_url ?? publicUrl;
  return url === undefined ? [] : [`${url}/${name}/mcp`];
}

/** The authorization server in the gateway's metadata, if its block has exactly one issuer. */
export function gatewayIssuer(gateway: GatewayConfig): string | undefined {
  if (gateway.descope !== undefined) return descopeIssuer(gateway.descope);
  return gateway.jwt_validation && soleIssuer(gateway.jwt_validation);
}

/** A server's token rules and the authorization server in its metadata, or errors with paths in the server file. */
export type ServerTokens =
  | { ok: true; rules: TokenRules; issuer: string | undefined }
  | { ok: false; faults: ConfigFault[] };

/**
 * The server's token rules or, without any, the gateway's.
 *
 * @param publicUrl the gateway's URL if gateway.json has no `public_url`
 * @param gatewayRules the gateway's token rules
 */
export function serverTokenRules(
  name: string,
  gateway: GatewayConfig,
  server: ServerConfig,
  publicUrl: string | undefined,
  gatewayRules: TokenRules | undefined,
): ServerTokens {
  const headerKey = gatewayHeaderKey(gateway);
  const own = serverUrls(name, gateway, publicUrl);
  const descopeTokens = (descope: DescopeShorthand, urls: readonly string[]): ServerTokens => ({
    ok: true,
    rules: compileDescope(descope, headerKey, urls),
    issuer: descopeIssuer(descope),
  });
  if (server.descope !== undefined) {
    const merged = serverDescope(server.descope, gateway.descope);
    return merged.ok
      ? descopeTokens(merged.descope, own)
      : { ok: false, faults: merged.faults.map((message) => ({ path: "descope", message })) };
  }
  const block = server.jwt_validation;
  if (block !== undefined) {
    return { ok: true, rules: compileTokenRules(block, headerKey), issuer: soleIssuer(block) };
  }
  if (gateway.descope !== undefined) {
    return descopeTokens(gateway.descope, [...gatewayUrls(gateway, publicUrl), ...own]);
  }
  return gatewayRules === undefined
    ? { ok: false, faults: [noBlock()] }
    : { ok: true, rules: gatewayRules, issuer: gatewayIssuer(gateway) };
}

function soleIssuer(block: JwtValidation): string | undefined {
  const rule = block.claimValues["iss"];
  if (rule === undefined || rule.matchType === "regex") return undefined;
  const values = [rule.values].flat();
  return values.length === 1 ? String(values[0]) : undefined;
}

function noBlock(): ConfigFault {
  return {
    path: "jwt_validation",
    message: `no token rules: neither this server nor gateway.json has any. Add "jwt_validation" here, or "descope" or "jwt_validation" to gateway.json.`,
  };
}
