// Processes of the operating system: from /proc if it exists, otherwise from `ps`.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Resident memory of a process in bytes. */
export function residentBytes(pid: number): number {
  const status = `/proc/${pid}/status`;
  const kibibytes = existsSync(status)
    ? /VmRSS:\s+(\d+) kB/.exec(readFileSync(status, "utf8"))?.[1]
    : execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" });
  return Number(kibibytes) * 1024;
}

/** The processes that a process has started and that still run. */
export function childrenOf(parent: number): number[] {
  const table = existsSync("/proc/self/stat") ? processesOfProc() : processesOfPs();
  return table.flatMap(([pid, ppid]) => (ppid === parent ? [pid] : []));
}

type Row = readonly [pid: number, parent: number];

function processesOfProc(): Row[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      // The name in parentheses may contain anything; state and parent follow the last parenthesis.
      const parent = readFileSync(`/proc/${name}/stat`, "utf8").split(") ").at(-1)?.split(" ")[1];
      return [[Number(name), Number(parent)]];
    } catch {
      return [];
    }
  });
}

function processesOfPs(): Row[] {
  const table = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
  return table
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number) as unknown as Row);
}
