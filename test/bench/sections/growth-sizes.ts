// The sizes at which growth is measured, and configurations and tokens of these sizes.
import type { GatewayServices, ServerFiles } from "../services/gateway-services.ts";

export const SERVER_COUNTS = [1, 10, 100, 500];
export const TOOL_COUNTS = [10, 100, 1_000];
export const CLAIM_COUNTS = [10, 30, 100];
export const TOKEN_BYTES = [1_000, 2_000, 4_000, 8_000];
export const STREAM_COUNTS = [1, 20, 200];

/** Number of claims in the default token. */
const USUAL_CLAIMS = 10;
const FORWARDED = ["sub", "email", "name", "dct", "tenants", "roles", "subscription"];

/** A configuration with the given number of servers; the called one is `tools`. */
export function serversOf(count: number): ServerFiles {
  const others = Array.from({ length: count - 1 }, (_, index) => [
    `server-${index}`,
    { tool_authorization: { "admin_*": { required_scopes: ["admin"] } } },
  ]);
  return { ...Object.fromEntries(others), tools: {} };
}

/** Servers that forward the given numbers of claims: `claims-10` and so on. */
export function serversOfClaims(): ServerFiles {
  const servers = CLAIM_COUNTS.map((count) => {
    const names = [...FORWARDED, ...Object.keys(moreClaims(count))];
    return [
      `claims-${count}`,
      { user_identity_forwarding: { method: "claims_header", include_claims: names } },
    ];
  });
  return { tools: {}, ...Object.fromEntries(servers) };
}

/** Additional claims for a token with the given number of claims. */
export function moreClaims(count: number): Record<string, string> {
  const names = Array.from({ length: count - USUAL_CLAIMS }, (_, index) => `claim_${index}`);
  return Object.fromEntries(names.map((name, index) => [name, `value ${index}`]));
}

/** The claim that fills a token up to the given number of bytes. */
export async function fillingClaim(
  services: GatewayServices,
  bytes: number,
): Promise<Record<string, unknown>> {
  const shorter = { tenants: undefined, jti: "000000" };
  const { length } = await services.token({ ...shorter, filling: "" });
  return { ...shorter, filling: "x".repeat(Math.floor(((bytes - length) * 3) / 4)) };
}
