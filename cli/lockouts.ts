// Finds configuration changes that would deny every current token at a server. It compares rules without knowing any tokens; --force
// overrides it.
import type { EffectiveServer } from "../functions/core/config/effective-server.ts";
import type { ConfigSnapshot, SnapshotResult } from "../functions/core/config-snapshot.ts";
import { ruleLockouts, unsatisfiable } from "./rule-lockouts.ts";

/** One reason, and the servers that it affects. */
export type Lockout = { servers: string[]; reason: string };

/**
 * Compares the deployed configuration with the pushed one.
 *
 * @param before undefined if no configuration is deployed yet
 * @param after the result of a push
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
    all.push({ servers: serving.map(({ name }) => name), reason: "no server would remain enabled." });
  }
  return all;
}

function serverLockouts(before: EffectiveServer, { snapshot, faults }: SnapshotResult): string[] {
  const after = snapshot?.servers.get(before.name);
  if (after === undefined) {
    const about = faults.filter(({ name }) => name === `servers/${before.name}` || name === "gateway");
    return about.flatMap((parameter) =>
      parameter.faults.map(
        ({ path, message }) => `the gateway would reject it: ${path === "" ? "" : `${path}: `}${message}`,
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
