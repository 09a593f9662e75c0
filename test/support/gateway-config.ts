// Configuration for tests: stored parameters as an operator would push them, read by the gateway's own parser.
import { buildSnapshot, type ConfigSnapshot, type Parameter } from "../../functions/core/config-snapshot.ts";
import { type ConfigStore, ConfigurationUnavailable } from "../../functions/platform/config-store.ts";
import { AUDIENCE, ISSUER } from "./tokens.ts";

/** Token rules of the test issuer as a `jwt_validation` block. */
export const JWT_VALIDATION = {
  jwksUri: "https://auth.example.com/P2/.well-known/jwks.json",
  claimValues: { iss: { values: ISSUER }, aud: { values: AUDIENCE, matchType: "contains" } },
};

export type ConfigParts = {
  gateway?: Record<string, unknown>;
  /** server files by name; `url` has a default */
  servers?: Record<string, Record<string, unknown>>;
};

/** The parameters of a gateway with the servers `tools` and, disabled, `closed`, unless others are given. */
export function configParameters({ gateway, servers }: ConfigParts = {}): Parameter[] {
  const files = servers ?? { tools: {}, closed: { enabled: false } };
  return [
    parameter("gateway", { public_url: AUDIENCE, jwt_validation: JWT_VALIDATION, ...gateway }),
    ...Object.entries(files).map(([name, file]) =>
      parameter(`servers/${name}`, { url: "https://tools.example.com/mcp", ...file }),
    ),
  ];
}

export function parameter(name: string, value: unknown, version = 1): Parameter {
  return { name, version, text: typeof value === "string" ? value : JSON.stringify(value) };
}

/** The snapshot of a configuration that must be valid. */
export function configSnapshot(parts: ConfigParts = {}): ConfigSnapshot {
  const { snapshot, faults } = buildSnapshot(configParameters(parts), { servers: new Map() });
  if (snapshot === undefined || faults.length > 0) throw new Error(JSON.stringify(faults));
  return snapshot;
}

/** A store with one snapshot, or none. */
export function configStoreOf(snapshot: ConfigSnapshot | undefined): ConfigStore {
  return {
    async current() {
      if (snapshot === undefined) throw new ConfigurationUnavailable("nothing was read");
      return snapshot;
    },
  };
}
