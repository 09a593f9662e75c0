// Requests through each proxy: CPU time and rate on one core, and the time to the first event of a stream.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inTurns, ratioOf, seriesOf } from "../measure.ts";
import { HAPROXY_RS256, startPeers } from "../peers/started.ts";
import { atLeast, atMost, rowsOf, type Section, type Target } from "../report.ts";
import type { Bundles } from "../services/bundles.ts";
import { CALL_BODY } from "../services/events.ts";
import { type GatewayServices, startGatewayServices } from "../services/gateway-services.ts";
import type { LoadRequest } from "../services/load.ts";
import { type Subject, startBesideLoad, startDirect, startNode } from "../services/processes.ts";

const CONNECTIONS = 16;
const WINDOW_MS = 1_000;
// Until then V8 is still at work on one subject or another.
const WARM_UP_MS = 4_000;
// Few in a turn and many turns: noise that lasts longer than a round drops out of the ratios.
const EVENT_STREAMS = 8;
/** On each connection, before the first event is measured: the subjects have only answered JSON until then. */
const WARM_UP_STREAMS = 60;
const GATEWAY = "gateway: proxy function";
const GATEWAY_SERVED = "gateway: proxy function behind node:http";
const GATEWAY_WHOLE = "gateway: authorizer and proxy behind node:http";
const BARE = "bare node:http pipe";

type Running = {
  subjects: Map<string, Subject>;
  skipped: string[];
  services: GatewayServices;
  stop(): Promise<void>;
};

/** Runs both parts. */
export async function proxying(bundles: Bundles, rounds: number): Promise<Section[]> {
  const running = await startAll(bundles);
  try {
    const headers = {
      authorization: `Bearer ${await running.services.token()}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2025-11-25",
    };
    const request = (path: string): LoadRequest => ({ path, headers, body: CALL_BODY });
    return [
      await throughput(running, request("/tools"), rounds),
      await firstEvents(running, request("/stream"), rounds),
    ];
  } finally {
    await running.stop();
  }
}

async function startAll(bundles: Bundles): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), "mcp-gateway-bench-"));
  const downstream = await startBesideLoad(
    join(import.meta.dirname, "..", "services", "canned-downstream.ts"),
  );
  const downstreamUrl = `http://127.0.0.1:${downstream.port}/mcp`;
  const servers = { tools: {}, stream: { url: `http://127.0.0.1:${downstream.port}/stream` } };
  const services = await startGatewayServices(servers, downstreamUrl);
  const subjectFile = (name: string) => join(import.meta.dirname, "..", "subjects", `${name}.ts`);
  const gateway = {
    ...services.environment,
    PROXY_BUNDLE: bundles.files.proxy,
    AUTHORIZER_BUNDLE: bundles.files.authorizer,
    NODE_OPTIONS: bundles.nodeOptions.proxy,
  };
  const subjects = new Map<string, Subject>([["no proxy", downstream]]);
  subjects.set(BARE, await startNode(subjectFile("bare-node"), { DOWNSTREAM_URL: downstreamUrl }));
  subjects.set(GATEWAY, await startDirect(subjectFile("gateway-direct"), gateway));
  subjects.set(GATEWAY_SERVED, await startNode(subjectFile("gateway"), gateway));
  subjects.set(GATEWAY_WHOLE, await startNode(subjectFile("gateway"), { ...gateway, AUTHORIZED: "1" }));

  const peers = await startPeers({ folder, downstreamUrl, services, firstPort: 18_801, speakMcp: false });
  for (const [name, peer] of peers.subjects) subjects.set(name, peer);
  return {
    subjects,
    skipped: peers.skipped,
    services,
    async stop() {
      for (const subject of subjects.values()) await subject.stop();
      await services.close();
      rmSync(folder, { recursive: true });
    },
  };
}

async function throughput(
  { subjects, skipped }: Running,
  request: LoadRequest,
  rounds: number,
): Promise<Section> {
  const cpuMicros: Record<string, number[]> = Object.fromEntries(
    [...subjects.keys()].map((name) => [name, []]),
  );
  for (const subject of subjects.values()) await subject.answers(request, CONNECTIONS, WARM_UP_MS);
  const rates = await inTurns(
    Object.fromEntries(
      [...subjects].map(([name, subject]) => [
        name,
        async () => {
          const before = subject.cpuSeconds();
          const startedAt = performance.now();
          const answered = await subject.answers(request, CONNECTIONS, WINDOW_MS);
          const seconds = (performance.now() - startedAt) / 1_000;
          const after = subject.cpuSeconds();
          const spent = before === undefined || after === undefined ? seconds : after - before;
          cpuMicros[name]?.push((spent / answered) * 1e6);
          return answered / seconds;
        },
      ]),
    ),
    rounds,
  );
  const perCore = (name: string) => (cpuMicros[name] ?? []).map((micros) => 1e6 / micros);
  const targets: Target[] = [
    atLeast(
      "proxy function / bare pipe, requests a second of CPU",
      ratioOf(perCore(GATEWAY), perCore(BARE)),
      0.9,
      "x",
    ),
  ];
  if (subjects.has(HAPROXY_RS256)) {
    const ratio = ratioOf(perCore(GATEWAY), perCore(HAPROXY_RS256));
    targets.push(atLeast("proxy function / HAProxy with RS256, requests a second of CPU", ratio, 1, "x"));
  }
  return {
    title: "Throughput",
    note: `POST of 1 KiB JSON, ${CONNECTIONS} connections; CPU time of the subject's processes for each request, over the bare pipe's`,
    rows: [...rowsOf(cpuMicros, "µs CPU", BARE), ...rowsOf(rates, "requests/s", BARE)],
    targets,
    skipped,
  };
}

async function firstEvents(
  { subjects, skipped }: Running,
  request: LoadRequest,
  rounds: number,
): Promise<Section> {
  for (const subject of subjects.values()) await subject.firstEvents(request, CONNECTIONS, WARM_UP_STREAMS);
  const values = await inTurns(
    Object.fromEntries(
      [...subjects].map(([name, subject]) => [
        name,
        async () => seriesOf(await subject.firstEvents(request, 1, EVENT_STREAMS)).median,
      ]),
    ),
    rounds * 3,
  );
  const base = subjects.has(HAPROXY_RS256) ? HAPROXY_RS256 : BARE;
  const targets = subjects.has(HAPROXY_RS256)
    ? [
        atMost(
          "proxy function / HAProxy with RS256, first event",
          ratioOf(values[GATEWAY] ?? [], values[HAPROXY_RS256] ?? []),
          1.2,
          "x",
        ),
      ]
    : [];
  return {
    title: "First event",
    note: "event stream, events 10 ms apart, one stream at a time: from the request to the first event",
    rows: rowsOf(values, "µs", base),
    targets,
    skipped,
  };
}
