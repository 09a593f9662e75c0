// What a push would do: the changes, and the servers whose callers they would lock out.
import { buildSnapshot, type Parameter } from "../functions/core/config-snapshot.ts";
import type { ConfigSource } from "../infra/config-source.ts";
import { type ConfigChange, configChanges, pushedParameters } from "./config-changes.ts";
import { type Lockout, lockouts } from "./lockouts.ts";

export type ChangePlan = { changes: ConfigChange[]; lockouts: Lockout[] };

const NOTHING = { servers: new Map() };

/** Computes the plan. @param server only this server's file */
export function changePlan(
  source: ConfigSource,
  deployed: readonly Parameter[],
  server: string | undefined,
  prefix: string,
): ChangePlan {
  const changes = configChanges(source, deployed, server);
  const before = buildSnapshot(deployed, NOTHING, { prefix }).snapshot;
  const after = buildSnapshot(pushedParameters(deployed, changes), NOTHING, { prefix });
  return { changes, lockouts: lockouts(before, after) };
}

/**
 * The changes to write, in an order that keeps every server valid between two writes: the gateway first, unless deployed servers
 * depend on a block that the new gateway file no longer has.
 */
export function writeOrder(
  changes: readonly ConfigChange[],
  deployed: readonly Parameter[],
  prefix: string,
): ConfigChange[] {
  const written = changes.filter(({ value }) => value !== undefined);
  const gateway = written.filter(({ name }) => name === "gateway");
  const servers = written.filter(({ name }) => name !== "gateway");
  const faultsOf = (parameters: readonly Parameter[]) =>
    buildSnapshot(parameters, NOTHING, { prefix }).faults.length;
  const gatewayFirst = faultsOf(pushedParameters(deployed, gateway)) <= faultsOf(deployed);
  return gatewayFirst ? [...gateway, ...servers] : [...servers, ...gateway];
}
