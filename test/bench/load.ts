// `npm run bench:load -- --seconds 300`: 64 concurrent clients against the whole local gateway, with restarts of the MCP server. Every
// request must get its correct response; while the server is down, 502 or a visibly truncated stream is correct. Loopback only. Exit
// status 1 if a response was wrong or memory grew.

import { rmSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startGateway } from "../../local/gateway.ts";
import { replaceSection } from "../faults/report.ts";
import { writeGatewayConfig } from "../support/gateway-stand.ts";
import { residentBytes } from "../support/processes.ts";
import { startTokenIssuer } from "../support/token-issuer.ts";
import { startLoadDownstream } from "./load/downstream.ts";
import { anyKind, type Caller, KINDS, type Kind } from "./load/traffic.ts";

const CLIENTS = 64;
const RESTART_EVERY_MS = 10_000;
const SAMPLE_EVERY_MS = 1_000;
/** Tolerated growth of a function process's memory from the second to the last quarter of the run. */
const MEMORY_GROWTH = 0.15;

type Tally = { sent: number; right: number; duringRestart: number; ms: number[] };

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "300" }, write: { type: "boolean", default: false } },
});
const seconds = Number(values.seconds);
const [issuer, downstream] = await Promise.all([startTokenIssuer(), startLoadDownstream()]);
const identity = { method: "claims_header", include_claims: ["sub"] };
const configDir = writeGatewayConfig(issuer, downstream as never, {
  gateway: { user_identity_forwarding: identity },
  servers: {
    tools: {},
    ruled: { tool_authorization: { "hidden_*": { required_claims: { plan: { values: "x" } } } } },
  },
});
const gateway = await startGateway({ configDir, port: 0 });
const callers: Caller[] = await Promise.all(
  Array.from({ length: 16 }, async (_, at) => ({
    sub: `U2user${at}`,
    token: await issuer.token({ sub: `U2user${at}` }),
  })),
);

const tallies = new Map<string, Tally>(
  KINDS.map(({ name }) => [name, { sent: 0, right: 0, duringRestart: 0, ms: [] }]),
);
const wrong: string[] = [];
const memory: number[] = [];
const endsAt = performance.now() + seconds * 1_000;
const running = () => performance.now() < endsAt;

async function one(kind: Kind, caller: Caller, id: string): Promise<void> {
  const tally = tallies.get(kind.name) as Tally;
  const from = performance.now();
  tally.sent += 1;
  const response = await kind.send(gateway.url, caller, id).catch((error: Error) => error);
  const to = performance.now();
  const fault =
    response instanceof Error ? `broken off: ${response.message}` : kind.faultOf(response, caller, id);
  if (fault === undefined) {
    tally.right += 1;
    tally.ms.push(to - from);
  } else if (!kind.local && downstream.wasDown(from, to) && isOutage(response)) tally.duringRestart += 1;
  else wrong.push(`${kind.name}: ${fault}`);
}

/** Correct responses during a restart of the server: the gateway's 502, or a truncated response. */
function isOutage(response: Error | { status: number; body: string }): boolean {
  return (
    response instanceof Error || (response.status === 502 && response.body.includes("downstream_unreachable"))
  );
}

async function client(number: number): Promise<void> {
  const caller = callers[number % callers.length] as Caller;
  for (let turn = 0; running(); turn++) await one(anyKind(), caller, `${number}-${turn}`);
}

async function restarts(): Promise<void> {
  for (await sleep(RESTART_EVERY_MS / 2); running(); await sleep(RESTART_EVERY_MS))
    await downstream.restart();
}

async function samples(): Promise<void> {
  for (; running(); await sleep(SAMPLE_EVERY_MS)) {
    const pids = [...gateway.functions.values()].flatMap((each) => each.pids);
    const bytes = pids.map((pid) => residentOf(pid)).filter((size) => size > 0);
    memory.push(bytes.reduce((sum, size) => sum + size, 0) / bytes.length / 1_048_576);
  }
}

function residentOf(pid: number): number {
  try {
    return residentBytes(pid);
  } catch {
    return 0;
  }
}

await Promise.all([...Array.from({ length: CLIENTS }, (_, number) => client(number)), restarts(), samples()]);
await gateway.close();
await Promise.all([issuer.close(), downstream.close()]);
rmSync(configDir, { recursive: true });

const median = (numbers: readonly number[]) =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
const percentile = (numbers: readonly number[], part: number) =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length * part)] ?? 0;
const quarter = Math.ceil(memory.length / 4);
const [early, late] = [median(memory.slice(quarter, 2 * quarter)), median(memory.slice(-quarter))];
const all = [...tallies.values()];
const total = (member: "sent" | "right" | "duringRestart") =>
  all.reduce((sum, tally) => sum + tally[member], 0);

const machine = `${cpus().length} CPUs (${cpus()[0]?.model.trim() ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
const report = [
  `${seconds} s, ${CLIENTS} clients, on ${machine}, clients and all functions on the same machine.`,
  "",
  "| request | sent | correct response | server was restarting | wrong | median ms | p99 ms |",
  "|---|---|---|---|---|---|---|",
  ...[...tallies].map(
    ([name, { sent, right, duringRestart, ms }]) =>
      `| ${name} | ${sent} | ${right} | ${duringRestart} | ${sent - right - duringRestart} | ${median(ms).toFixed(0)} | ${percentile(ms, 0.99).toFixed(0)} |`,
  ),
  `| all | ${total("sent")} | ${total("right")} | ${total("duringRestart")} | ${wrong.length} | | |`,
  "",
  `${downstream.restarts()} restarts of the server. Memory of a function process: ${early.toFixed(0)} MiB in the second quarter of the run, ${late.toFixed(0)} MiB in the last.`,
].join("\n");
console.log(report);
for (const line of wrong.slice(0, 20)) console.log(`wrong: ${line}`);
if (values.write) replaceSection("load", report);
process.exitCode = wrong.length > 0 || late > early * (1 + MEMORY_GROWTH) ? 1 : 0;
