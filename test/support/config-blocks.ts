// Valid configuration blocks, and the errors of changed ones as "path: message".
import { parseGatewayConfig } from "../../functions/core/config/gateway-config.ts";
import { parseServerConfig } from "../../functions/core/config/server-config.ts";

/** The agentic issuer of the ids that the tests use. */
export const AGENTIC_ISSUER = "https://api.descope.com/v1/apps/agentic/P2abc/MS2abc";

/** A valid `jwt_validation` block, with keys replaced. */
export function jwtBlock(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    jwksUri: "https://api.descope.com/P2abc/.well-known/jwks.json",
    claimValues: { iss: { values: AGENTIC_ISSUER, matchType: "exact" } },
    ...changes,
  };
}

/** A valid server file, with keys replaced. */
export function serverFile(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return { url: "https://tools.example.com/mcp", ...changes };
}

/** Faults of a server file. */
export function serverFaults(changes: Record<string, unknown>): string[] {
  return faultLines(parseServerConfig(JSON.stringify(serverFile(changes))));
}

/** Faults of a server's `jwt_validation` block, paths from within the block. */
export function blockFaults(changes: Record<string, unknown>): string[] {
  return serverFaults({ jwt_validation: jwtBlock(changes) }).map((fault) =>
    fault.replace(/^jwt_validation\.?/, ""),
  );
}

/** Faults of a gateway file. */
export function gatewayFaults(config: Record<string, unknown>): string[] {
  return faultLines(parseGatewayConfig(JSON.stringify(config)));
}

/** Errors as "path: message"; empty if accepted. */
export function faultLines(
  parsed: { ok: true } | { ok: false; faults: readonly { path: string; message: string }[] },
): string[] {
  return parsed.ok ? [] : parsed.faults.map((fault) => `${fault.path}: ${fault.message}`);
}
