// Cost and latency by the number of servers, tools, claims, token bytes and open streams.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { growthSection, measureCurves, type Probe } from "../curves.ts";
import { quantilesOf } from "../measure.ts";
import type { Section } from "../report.ts";
import { type Bundles, bundleSubject } from "../services/bundles.ts";
import { startOnce } from "../services/cold-starts.ts";
import { authorizerEvent, CALL_BODY } from "../services/events.ts";
import {
  type GatewayServices,
  type ServerFiles,
  startGatewayServices,
} from "../services/gateway-services.ts";
import { eventGaps, type LoadRequest } from "../services/load.ts";
import {
  type ServedSubject,
  type Subject,
  startBesideLoad,
  startInvoked,
  startNode,
} from "../services/processes.ts";
import type { DecisionGrowth } from "./growth-decisions.ts";
import {
  CLAIM_COUNTS,
  fillingClaim,
  moreClaims,
  SERVER_COUNTS,
  STREAM_COUNTS,
  serversOf,
  serversOfClaims,
  TOKEN_BYTES,
} from "./growth-sizes.ts";
import { runQuietly } from "./quiet.ts";

const CONNECTIONS = 16;
const WINDOW_MS = 400;
const SHARES = [0.5, 0.99];
const GATEWAY = join(import.meta.dirname, "..", "subjects", "gateway.ts");
const STREAM = { events: 15, gapMs: 100 };
const NOTES = {
  servers: "Servers of the configuration, ten to a page of Parameter Store",
  tools: "Tools in a list from which four rules hide half",
  claims: "Claims of the token, most of them forwarded",
  bytes: "Bytes of the token, in a claim that nothing uses",
  streams: `Open streams through one process, each with an event every ${STREAM.gapMs} ms`,
};

/** Runs the section. */
export async function growth(bundles: Bundles, rounds: number): Promise<Section[]> {
  const decisions = (await runQuietly("growth", bundles, rounds)) as DecisionGrowth;
  const folder = mkdtempSync(join(tmpdir(), "mcp-gateway-bench-"));
  const closing: (() => Promise<unknown>)[] = [];
  try {
    const upstream = await startBesideLoad("canned-upstream");
    closing.push(upstream.stop);
    const start = async (servers: ServerFiles): Promise<GatewayServices> => {
      const services = await startGatewayServices(servers, {
        upstreamUrl: `http://127.0.0.1:${upstream.port}/mcp`,
      });
      closing.push(services.close);
      return services;
    };
    const bySize: { count: number; services: GatewayServices }[] = [];
    for (const count of SERVER_COUNTS) bySize.push({ count, services: await start(serversOf(count)) });
    const starts = await startProbes(bundles, folder, bySize);
    const coldStarts = await measureCurves(starts, Math.ceil(rounds / 2), 0);

    const { events, gapMs } = STREAM;
    const ticks = { url: `http://127.0.0.1:${upstream.port}/stream/${events}/${gapMs}` };
    const ofClaims = await start({ ...serversOfClaims(), ticks });
    const direct = async ({ environment }: GatewayServices) => {
      const subject = await startInvoked(withBundles(bundles, environment));
      closing.push(subject.stop);
      return subject;
    };
    const cpu = (probes: Probe[]) => measureCurves(probes, Math.ceil(rounds / 2));
    const serverProbes: Probe[] = [];
    for (const { count, services } of bySize)
      serverProbes.push(cpuProbe(count, await direct(services), requestOf(await services.token(), "/tools")));
    const ofServers = await cpu(serverProbes);
    const { claims, bytes } = await tokenProbes(await direct(ofClaims), ofClaims);
    const [ofTokenClaims, ofBytes] = [await cpu(claims), await cpu(bytes)];

    const gateway = await startNode(GATEWAY, withBundles(bundles, ofClaims.environment));
    closing.push(gateway.stop);
    const request = requestOf(await ofClaims.token(), "/ticks");
    const streams = STREAM_COUNTS.map((count) => streamProbe(count, gateway, upstream, request));
    const ofStreams = await measureCurves(streams, Math.ceil(rounds / 4), 0);
    return [
      growthSection("servers", NOTES.servers, { ...decisions.servers, ...ofServers, ...coldStarts }),
      growthSection("tools", NOTES.tools, decisions.tools),
      growthSection("claims", NOTES.claims, { ...decisions.claims, ...ofTokenClaims }),
      growthSection("the token's size", NOTES.bytes, { ...decisions.bytes, ...ofBytes }),
      growthSection("open streams", NOTES.streams, ofStreams),
    ];
  } finally {
    for (const close of closing.reverse()) await close();
    rmSync(folder, { recursive: true });
  }
}

function withBundles({ files }: Bundles, environment: Record<string, string>): Record<string, string> {
  return { ...environment, HANDLER_BUNDLE: files.proxy, AUTHORIZER_BUNDLE: files.authorizer };
}

function requestOf(token: string, path: string): LoadRequest {
  const headers = {
    authorization: `Bearer ${token}`,
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
  };
  return { path, headers, body: CALL_BODY };
}

async function startProbes(
  bundles: Bundles,
  folder: string,
  bySize: readonly { count: number; services: GatewayServices }[],
): Promise<Probe[]> {
  const program = await bundleSubject("cold-function", folder);
  const probes: Probe[] = [];
  for (const { count, services } of bySize) {
    const event = join(folder, `authorizer-${count}.json`);
    writeFileSync(event, JSON.stringify(authorizerEvent(await services.token())));
    const run = async () => {
      const start = { bundle: bundles.files.authorizer, event, streams: false };
      const { doneMs, cpuMs } = await startOnce(program, services, start);
      return { "authorizer's cold start, ms": doneMs, "authorizer's cold start, ms CPU": cpuMs };
    };
    probes.push({ x: count, run });
  }
  return probes;
}

async function tokenProbes(
  subject: Subject,
  services: GatewayServices,
): Promise<{ claims: Probe[]; bytes: Probe[] }> {
  const claims: Probe[] = [];
  for (const count of CLAIM_COUNTS) {
    const token = await services.token(moreClaims(count));
    claims.push(cpuProbe(count, subject, requestOf(token, `/claims-${count}`)));
  }
  const bytes: Probe[] = [];
  for (const size of TOKEN_BYTES) {
    const token = await services.token(await fillingClaim(services, size));
    bytes.push(cpuProbe(size, subject, requestOf(token, "/tools")));
  }
  return { claims, bytes };
}

function cpuProbe(x: number, subject: Subject, request: LoadRequest): Probe {
  const run = async () => {
    const before = subject.cpuSeconds();
    const responses = await subject.responses(request, CONNECTIONS, WINDOW_MS);
    const spent = subject.cpuSeconds() - before;
    return { "proxy for a request, µs CPU": (spent / responses) * 1e6 };
  };
  return { x, run };
}

function streamProbe(
  x: number,
  gateway: ServedSubject,
  upstream: ServedSubject,
  request: LoadRequest,
): Probe {
  const { events, gapMs } = STREAM;
  const direct = { ...request, path: `/stream/${events}/${gapMs}` };
  const run = async () => {
    const before = gateway.cpuSeconds();
    const [median, longest] = quantilesOf(await eventGaps(gateway.port, request, x, gapMs), SHARES);
    const spent = gateway.cpuSeconds() - before;
    const [, directLongest] = quantilesOf(await eventGaps(upstream.port, direct, x, gapMs), SHARES);
    return {
      "event to event, p50, ms": median ?? Number.NaN,
      "event to event, p99, ms": longest ?? Number.NaN,
      "event to event without a proxy, p99, ms": directLongest ?? Number.NaN,
      "proxy for an event, µs CPU": (spent / (x * events)) * 1e6,
    };
  };
  return { x, run };
}
