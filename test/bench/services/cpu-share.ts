// A share of one core, as Lambda gives it by a function's memory size: a control group of Linux with a quota. Needs the right to make one.
import { mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A group that processes join by writing their id into `joinFile`. */
export type CpuShare = { joinFile: string; remove(): void };

const ROOT = "/sys/fs/cgroup";
const PERIOD_MICROS = 20_000;

/**
 * Makes a group.
 *
 * @param cores share of one core
 * @returns undefined where the system has no such groups or does not let this process make one
 */
export function makeCpuShare(cores: number): CpuShare | undefined {
  const quota = Math.round(PERIOD_MICROS * cores);
  return (
    makeGroup(join(ROOT, "cpu"), { "cpu.cfs_period_us": PERIOD_MICROS, "cpu.cfs_quota_us": quota }) ??
    makeGroup(ROOT, { "cpu.max": `${quota} ${PERIOD_MICROS}` })
  );
}

function makeGroup(
  parent: string,
  settings: Readonly<Record<string, string | number>>,
): CpuShare | undefined {
  const group = join(parent, `mcp-gateway-bench-${process.pid}`);
  const remove = () => rmdirSync(group);
  try {
    mkdirSync(group);
  } catch {
    return undefined;
  }
  try {
    for (const [file, value] of Object.entries(settings))
      writeFileSync(join(group, file), String(value), { flag: "r+" });
    return { joinFile: join(group, "cgroup.procs"), remove };
  } catch {
    remove();
    return undefined;
  }
}
