// The proxy function compared with a minimal streaming handler, both invoked with events: CPU time of a request, and the time to the first
// event of a stream. One request at a time, as Lambda calls a function. The MCP SDK's middleware is a server, so it is called over a socket.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inTurns, medianOf, ratioOf } from "../measure.ts";
import { SDK_BEARER, startPeer } from "../peers/peers.ts";
import { atMost, rowsOf, type Section } from "../report.ts";
import { type Bundles, bundleSubject } from "../services/bundles.ts";
import { CALL_BODY } from "../services/events.ts";
import { startGatewayServices } from "../services/gateway-services.ts";
import type { LoadRequest } from "../services/load.ts";
import {
  type InvokedSubject,
  moveToLoadCore,
  type Subject,
  startBesideLoad,
  startInvoked,
} from "../services/processes.ts";

/** Many short windows, so that noise longer than a round cancels out. */
const WINDOW_MS = 200;
/** Warm-up: V8 is still optimising one of the subjects until then, and its compiler threads are part of the CPU time. */
const WARM_UP_CALLS = 25_000;
/** Several concurrent calls, which warm up faster. */
const WARM_UP_CONNECTIONS = 16;
const STREAMS = 4;
const WARM_UP_STREAMS = 200;
const GATEWAY = "gateway: proxy function";
const BARE = "bare handler";

/** Runs both parts. */
export async function proxyFunction({ files }: Bundles, rounds: number): Promise<Section[]> {
  const folder = mkdtempSync(join(tmpdir(), "mcp-gateway-bench-"));
  const closing: (() => Promise<void>)[] = [moveToLoadCore()];
  try {
    const upstream = await startBesideLoad("canned-upstream");
    closing.push(upstream.stop);
    const upstreamUrl = `http://127.0.0.1:${upstream.port}/mcp`;
    const servers = { tools: {}, stream: { url: `http://127.0.0.1:${upstream.port}/stream` } };
    const services = await startGatewayServices(servers, { upstreamUrl });
    closing.push(services.close);
    const environment = {
      ...services.environment,
      AUTHORIZER_BUNDLE: files.authorizer,
      UPSTREAM_URL: upstreamUrl,
    };
    const bareHandler = await bundleSubject("bare-handler", folder);
    const bare = await startInvoked({ ...environment, HANDLER_BUNDLE: bareHandler });
    closing.push(bare.stop);
    const gateway = await startInvoked({ ...environment, HANDLER_BUNDLE: files.proxy });
    closing.push(gateway.stop);
    const sdk = await startPeer(SDK_BEARER, upstreamUrl, services);
    closing.push(sdk.stop);

    const headers = {
      authorization: `Bearer ${await services.token()}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
    };
    const request = (path: string): LoadRequest => ({ path, headers, body: CALL_BODY });
    const invoked = { [BARE]: bare, [GATEWAY]: gateway };
    return [
      await cpuOfRequests({ ...invoked, [SDK_BEARER]: sdk }, request("/tools"), rounds),
      await firstEvents(invoked, request("/stream"), rounds),
    ];
  } finally {
    for (const close of closing.reverse()) await close();
    rmSync(folder, { recursive: true });
  }
}

async function cpuOfRequests(
  subjects: Readonly<Record<string, Subject>>,
  request: LoadRequest,
  rounds: number,
): Promise<Section> {
  const load = (subject: Subject) => async () => {
    const before = subject.cpuSeconds();
    const responses = await subject.responses(request, 1, WINDOW_MS);
    return ((subject.cpuSeconds() - before) / responses) * 1e6;
  };
  const entries = Object.entries(subjects);
  for (const [, subject] of entries) await warmUp(subject, request);
  const windows = Object.fromEntries(entries.map(([name, subject]) => [name, load(subject)]));
  const cpu = await inTurns(windows, rounds * 6);
  return {
    title: "A request",
    note: "POST of 1 KiB JSON, one at a time; CPU time of the subject's process for each, log lines included",
    rows: rowsOf(cpu, "µs CPU", BARE),
    targets: [
      atMost(`${GATEWAY} / ${BARE}`, ratioOf(cpu[GATEWAY], cpu[BARE]), 1.8),
      atMost(`${GATEWAY} / ${SDK_BEARER}`, ratioOf(cpu[GATEWAY], cpu[SDK_BEARER]), 0.75),
    ],
  };
}

async function warmUp(subject: Subject, request: LoadRequest): Promise<void> {
  let calls = 0;
  while (calls < WARM_UP_CALLS) calls += await subject.responses(request, WARM_UP_CONNECTIONS, WINDOW_MS);
}

async function firstEvents(
  subjects: Readonly<Record<string, InvokedSubject>>,
  request: LoadRequest,
  rounds: number,
): Promise<Section> {
  const entries = Object.entries(subjects);
  for (const [, subject] of entries) await subject.firstEvents(request, WARM_UP_CONNECTIONS, WARM_UP_STREAMS);
  const turns = entries.map(
    ([name, subject]) =>
      [name, async () => medianOf(await subject.firstEvents(request, 1, STREAMS))] as const,
  );
  const micros = await inTurns(Object.fromEntries(turns), rounds * 6);
  return {
    title: "First event",
    note: "Event stream with events 10 ms apart, one stream at a time: from the call of the handler to the first event that it writes",
    rows: rowsOf(micros, "µs", BARE),
    targets: [atMost(`${GATEWAY} / ${BARE}`, ratioOf(micros[GATEWAY], micros[BARE]), 1.3)],
  };
}
