// MCP sessions of many clients at once, in both eras: what an operation takes directly, through the gateway and through what might be used
// in its place.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { percentilesOf } from "../measure.ts";
import { startPeers } from "../peers/started.ts";
import { rowsOf, type Section } from "../report.ts";
import type { Bundles } from "../services/bundles.ts";
import { type GatewayServices, startGatewayServices } from "../services/gateway-services.ts";
import type { Era } from "../services/mcp-client.ts";
import { noTimes, OPERATIONS, type WorkloadAnswer, type WorkloadTask } from "../services/mcp-times.ts";
import {
  type Asked,
  type ServedSubject,
  startAsked,
  startBesideLoad,
  startNode,
} from "../services/processes.ts";

const CLIENTS = 50;
/** The local gateway stands in for API Gateway and Lambda as well, with a process for each call that is under way. */
const LOCAL_CLIENTS = 10;
const PAUSE_MS = 200;
const SESSIONS_A_TURN = 2;
/** Rounds of the other sections for one of this, which takes long. */
const ROUNDS_FOR_ONE = 5;
const DIRECT = "no proxy (the server itself)";
const HAPROXY_PLAIN = "HAProxy";
const BEGINNING: Record<Era, string> = { "2025-11-25": "initialize", "2026-07-28": "server/discover" };

type Running = {
  subjects: { name: string; path: string; subject: ServedSubject; tokens: string[] }[];
  skipped: string[];
  load: Asked;
  stop(): Promise<void>;
};

/** Runs it. */
export async function workload(bundles: Bundles, rounds: number): Promise<Section[]> {
  const running = await startAll(bundles);
  try {
    const turns = Math.max(1, Math.round(rounds / ROUNDS_FOR_ONE));
    const sections: Section[] = [];
    for (const era of Object.keys(BEGINNING) as Era[]) sections.push(await inEra(era, running, turns));
    return sections;
  } finally {
    await running.stop();
  }
}

async function startAll(bundles: Bundles): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), "mcp-gateway-bench-"));
  const at = (folderName: string, name: string) => join(import.meta.dirname, "..", folderName, name);
  const downstream = await startBesideLoad(at("services", "mcp-downstream.ts"));
  const downstreamUrl = `http://127.0.0.1:${downstream.port}/mcp`;
  const services = await startGatewayServices({ tools: {} }, downstreamUrl);
  const environment = {
    ...services.environment,
    PROXY_BUNDLE: bundles.files.proxy,
    AUTHORIZER_BUNDLE: bundles.files.authorizer,
    NODE_OPTIONS: bundles.nodeOptions.proxy,
    AUTHORIZED: "1",
  };
  const bare = await startNode(at("subjects", "bare-node.ts"), { DOWNSTREAM_URL: downstreamUrl });
  const gateway = await startNode(at("subjects", "gateway.ts"), environment);
  const local = await startNode(at("subjects", "local-gateway.ts"), {
    CONFIG_DIR: writeConfig(folder, services),
  });
  const peers = await startPeers({ folder, downstreamUrl, services, firstPort: 18_811, speakMcp: true });
  const load = startAsked(at("services", "mcp-load.ts"));
  // Where tokens are at stake, one that looks at nothing says nothing more than the bare pipe.
  await peers.subjects.get(HAPROXY_PLAIN)?.stop();
  peers.subjects.delete(HAPROXY_PLAIN);
  const tokens = await Promise.all(
    Array.from({ length: CLIENTS }, (_, index) => services.token({ sub: `U2client${index}` })),
  );
  const fewer = tokens.slice(0, LOCAL_CLIENTS);
  const subjects = [
    { name: DIRECT, path: "/mcp", subject: downstream, tokens },
    { name: "bare node:http pipe", path: "/mcp", subject: bare, tokens },
    { name: "gateway: authorizer and proxy", path: "/tools", subject: gateway, tokens },
    {
      name: `gateway: npm start, ${LOCAL_CLIENTS} clients`,
      path: "/tools/mcp",
      subject: local,
      tokens: fewer,
    },
    ...[...peers.subjects].map(([name, subject]) => ({ name, path: "/mcp", subject, tokens })),
  ];
  return {
    subjects,
    skipped: peers.skipped,
    load,
    async stop() {
      await load.stop();
      for (const { subject } of subjects.reverse()) await subject.stop();
      await services.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function writeConfig(folder: string, { config }: GatewayServices): string {
  const configDir = join(folder, "config");
  mkdirSync(join(configDir, "servers"), { recursive: true });
  writeFileSync(join(configDir, "gateway.json"), JSON.stringify(config.gateway));
  for (const [name, file] of Object.entries(config.servers))
    writeFileSync(join(configDir, "servers", `${name}.json`), JSON.stringify(file));
  return configDir;
}

async function inEra(era: Era, { subjects, skipped, load }: Running, turns: number): Promise<Section> {
  const found = subjects.map(({ name }) => ({ name, cpuMs: [] as number[], times: noTimes() }));
  for (let turn = -1; turn < turns; turn += 1) {
    for (const [index, { name, path, subject, tokens }] of subjects.entries()) {
      const isWarmUp = turn < 0;
      const [sessions, pauseMs] = isWarmUp ? [1, 0] : [SESSIONS_A_TURN, PAUSE_MS];
      const before = subject.cpuSeconds() ?? Number.NaN;
      const task: WorkloadTask = { to: { port: subject.port, path }, era, tokens, sessions, pauseMs };
      const answer = (await load.ask(task)) as WorkloadAnswer;
      if ("fault" in answer) throw new Error(`${name}, ${era}: ${answer.fault}`);
      const into = found[index];
      if (isWarmUp || into === undefined) continue;
      const spent = (subject.cpuSeconds() ?? Number.NaN) - before;
      into.cpuMs.push((spent * 1_000) / (sessions * tokens.length));
      for (const operation of OPERATIONS) into.times[operation].push(...answer.times[operation]);
    }
  }
  return {
    title: `MCP workload, ${era}`,
    note: `${CLIENTS} clients, ${PAUSE_MS} ms between the operations of each; CPU time of the subject's processes for a session; ms to the end of an answer as p50 / p95 / p99`,
    rows: rowsOf(Object.fromEntries(found.map(({ name, cpuMs }) => [name, cpuMs])), "ms CPU", DIRECT),
    table: {
      heads: [BEGINNING[era], "tools/list", "echo", "stream, first event", "stream, last event", "sessions"],
      lines: found.map(({ name, times }) => ({
        name,
        cells: [
          ...OPERATIONS.map((operation) => percentilesOf(times[operation])),
          String(times.begin.length),
        ],
      })),
    },
    targets: [],
    skipped,
  };
}
