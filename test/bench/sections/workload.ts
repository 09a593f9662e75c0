// MCP sessions of many clients at once, in both eras of the protocol: what the gateway adds to an operation, and what a session costs.
import { join } from "node:path";
import { medianOf, quantilesOf, ratioOf } from "../measure.ts";
import { MCP_PROXY, SDK_BEARER, startPeer } from "../peers/peers.ts";
import { atMost, digits, rowsOf, type Section } from "../report.ts";
import type { Bundles } from "../services/bundles.ts";
import { type GatewayServices, startGatewayServices } from "../services/gateway-services.ts";
import type { Era } from "../services/mcp-client.ts";
import {
  OPERATIONS,
  type WorkloadResult,
  type WorkloadTask,
  type WorkloadTimes,
} from "../services/mcp-load.ts";
import {
  type Asked,
  moveToLoadCore,
  type ServedSubject,
  startAsked,
  startBesideLoad,
  startNode,
} from "../services/processes.ts";

const CLIENTS = 50;
const PAUSE_MS = 200;
const SESSIONS_A_TURN = 2;
/** Warm-up sessions of each client, without pauses: V8 is still optimising until then. */
const WARM_UP_SESSIONS = 30;
const BARE = "bare pipe";
const GATEWAY = "gateway: authorizer and proxy";
const ERAS: readonly Era[] = ["2025-11-25", "2026-07-28"];

type Subjects = Record<string, { path: string; subject: ServedSubject }>;

/** Runs the section with half of the rounds: each has hundreds of sessions of every subject. */
export async function workload({ files }: Bundles, rounds: number): Promise<Section[]> {
  const closing: (() => Promise<void>)[] = [moveToLoadCore()];
  try {
    const upstream = await startBesideLoad("mcp-upstream");
    closing.push(upstream.stop);
    const upstreamUrl = `http://127.0.0.1:${upstream.port}/mcp`;
    const services = await startGatewayServices({ tools: {} }, { upstreamUrl });
    closing.push(services.close);
    const subjectFile = (name: string) => join(import.meta.dirname, "..", "subjects", name);
    const gateway = {
      ...services.environment,
      HANDLER_BUNDLE: files.proxy,
      AUTHORIZER_BUNDLE: files.authorizer,
    };
    const subjects: Subjects = {
      [BARE]: {
        path: "/mcp",
        subject: await startNode(subjectFile("bare-pipe.ts"), { UPSTREAM_URL: upstreamUrl }),
      },
      [GATEWAY]: { path: "/tools", subject: await startNode(subjectFile("gateway.ts"), gateway) },
      [SDK_BEARER]: { path: "/mcp", subject: await startPeer(SDK_BEARER, upstreamUrl, services) },
      [MCP_PROXY]: { path: "/mcp", subject: await startPeer(MCP_PROXY, upstreamUrl, services) },
    };
    closing.push(...Object.values(subjects).map(({ subject }) => subject.stop));
    const load = startAsked("mcp-load");
    closing.push(load.stop);
    for (const [name, { path, subject }] of Object.entries(subjects))
      if (name !== BARE) await expectTokenChecks(name, `http://127.0.0.1:${subject.port}${path}`, services);
    const sections: Section[] = [];
    for (const era of ERAS) sections.push(await inEra(era, subjects, load, services, Math.ceil(rounds / 2)));
    return sections;
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

/** Checks that a subject denies invalid tokens with 401; otherwise it would be measured doing less than in use. */
async function expectTokenChecks(name: string, url: string, services: GatewayServices): Promise<void> {
  const token = await services.token();
  const [other] = (await services.token({ sub: "someone-else" })).split(".").slice(-1);
  const forged = `${token.slice(0, token.lastIndexOf("."))}.${other}`;
  const expired = await services.token({}, "-1h");
  for (const bad of [forged, expired, undefined]) {
    const { status } = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        ...(bad !== undefined && { authorization: `Bearer ${bad}` }),
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" }),
    });
    if (status !== 401) throw new Error(`${name} responds with ${status} to an invalid token`);
  }
}

async function inEra(
  era: Era,
  subjects: Subjects,
  load: Asked,
  services: GatewayServices,
  rounds: number,
): Promise<Section> {
  const names = Object.keys(subjects);
  const cpuMs: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]));
  const times: Record<string, WorkloadTimes[]> = Object.fromEntries(names.map((name) => [name, []]));
  for (let turn = -1; turn < rounds; turn += 1) {
    // Each turn has clients with new tokens.
    const tokens = await Promise.all(
      Array.from({ length: CLIENTS }, (_, client) =>
        services.token({ sub: `U2client${client}`, jti: `${turn}` }),
      ),
    );
    for (const index of names.keys()) {
      const name = names[(index + turn + 1) % names.length] as string;
      const { path, subject } = subjects[name] as Subjects[string];
      const task: WorkloadTask = {
        to: { port: subject.port, path },
        era,
        tokens,
        sessions: turn < 0 ? WARM_UP_SESSIONS : SESSIONS_A_TURN,
        pauseMs: turn < 0 ? 0 : PAUSE_MS,
      };
      const before = subject.cpuSeconds();
      const response = (await load.ask(task)) as WorkloadResult;
      if ("fault" in response) throw new Error(`${name}, ${era}: ${response.fault}`);
      if (turn < 0) continue;
      cpuMs[name]?.push(((subject.cpuSeconds() - before) * 1_000) / (SESSIONS_A_TURN * CLIENTS));
      times[name]?.push(response.times);
    }
  }
  const p50s = (name: string, operation: (typeof OPERATIONS)[number]) =>
    (times[name] ?? []).map((turn) => medianOf(turn[operation]));
  const added = OPERATIONS.map((operation) => {
    const bare = p50s(BARE, operation);
    return medianOf(p50s(GATEWAY, operation).map((ms, turn) => ms - (bare[turn] ?? Number.NaN)));
  });
  const beginning = era === "2025-11-25" ? "initialize" : "server/discover";
  return {
    title: `MCP workload, ${era}`,
    note: `${CLIENTS} clients, ${PAUSE_MS} ms between the operations of each; CPU time of the subject's process for a session, and ms to the end of a response as p50 / p95`,
    rows: rowsOf(cpuMs, "ms CPU", BARE),
    table: {
      heads: [beginning, "tools/list", "echo", "stream, first event", "stream, last event"],
      lines: [
        ...names.map((name) => ({
          name,
          cells: OPERATIONS.map((operation) =>
            quantilesOf(
              (times[name] ?? []).flatMap((turn) => turn[operation]),
              [0.5, 0.95],
            ),
          ),
        })),
        { name: "added by the gateway, p50", cells: added.map(digits) },
      ],
    },
    targets: [
      atMost(
        "p50 that the gateway adds to the bare pipe, the slowest operation",
        Math.max(...added),
        1,
        "ms",
      ),
      atMost(`CPU of a session, gateway / ${SDK_BEARER}`, ratioOf(cpuMs[GATEWAY], cpuMs[SDK_BEARER]), 1.2),
      atMost(`CPU of a session, gateway / ${MCP_PROXY}`, ratioOf(cpuMs[GATEWAY], cpuMs[MCP_PROXY]), 1),
    ],
  };
}
