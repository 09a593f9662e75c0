// Which changes of the configuration would lock everybody out of a server: those that no token of today can pass. It judges the rules
// alone and knows no tokens; where it is wrong, --force says so.
import type { EffectiveServer } from "../functions/core/config/effective-server.ts";
import type { ConfigSnapshot, SnapshotResult } from "../functions/core/config-snapshot.ts";
import { ruleLockouts, unsatisfiable } from "./rule-lockouts.ts";

/** One reason, and the servers that it is about. */
export type Lockout = { servers: string[]; reason: string };

/**
 * Compares what is deployed with what would be.
 *
 * @param before the deployed configuration; undefined where nothing serves yet, so that nobody can be locked out
 * @param after the outcome of a push
 */
export function lockouts(before: ConfigSnapshot | undefined, after: SnapshotResult): Lockout[] {
  if (before === undefined) return [];
  const serving = [...before.servers.values()].filter(({ enabled }) => enabled);
  const found = serving.flatMap((server) =>
    serverLockouts(server, after).map((reason) => ({ server, reason })),
  );
  const left = [...(after.snapshot?.servers.values() ?? [])].filter(({ enabled }) => enabled);
  const all: Lockout[] = grouped(found);
  if (serving.length > 0 && left.length === 0 && found.length === 0) {
    all.push({ servers: serving.map(({ name }) => name), reason: "no server would be enabled any more." });
  }
  return all;
}

function serverLockouts(before: EffectiveServer, { snapshot, faults }: SnapshotResult): string[] {
  const after = snapshot?.servers.get(before.name);
  if (after === undefined) {
    const about = faults.filter(({ name }) => name === `servers/${before.name}` || name === "gateway");
    return about.flatMap((parameter) =>
      parameter.faults.map(
        ({ path, message }) => `the gateway would refuse it: ${path === "" ? "" : `${path}: `}${message}`,
      ),
    );
  }
  if (!after.enabled || after.tokenRules.hash === before.tokenRules.hash) return [];
  return [...ruleLockouts(before.tokenRules, after.tokenRules), ...unsatisfiable(after.tokenRules)];
}

function grouped(found: readonly { server: EffectiveServer; reason: string }[]): Lockout[] {
  const servers = new Map<string, string[]>();
  for (const { server, reason } of found) servers.set(reason, [...(servers.get(reason) ?? []), server.name]);
  return [...servers].map(([reason, names]) => ({ servers: names, reason }));
}
