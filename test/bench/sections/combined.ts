// The combined endpoint with 1, 5 and 20 members: a call that it routes to one of them, compared with the same call at the member's own URL,
// and a list that it merges. The functions are invoked with events, one at a time, as Lambda does.
import { inTurns, ratioOf } from "../measure.ts";
import { atMost, rowsOf, type Section } from "../report.ts";
import type { Bundles } from "../services/bundles.ts";
import { CALL_BODY, COMBINED } from "../services/events.ts";
import { startGatewayServices } from "../services/gateway-services.ts";
import type { LoadRequest } from "../services/load.ts";
import { type InvokedSubject, startBesideLoad, startInvoked } from "../services/processes.ts";

const MEMBER_COUNTS = [1, 5, 20];
const WINDOW_MS = 200;
const WARM_UP_CALLS = 20_000;
const WARM_UP_LISTS = 1_000;
const WARM_UP_CONNECTIONS = 8;
/** Growth of the CPU time of a routed call over the call at the member's own URL. */
const ROUTED_LIMIT = 1.3;

const LIST_BODY = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" });
const BEGIN_BODY = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "bench", version: "1.0.0" },
  },
});
const OWN = "the member's own URL";
const of = (count: number) => (count === 1 ? "1 member" : `${count} members`);

/** A function, and requests to it. */
type Measured = { subject: InvokedSubject; request(body: string, inSession: boolean): LoadRequest };

/** Runs it. */
export async function combined(bundles: Bundles, rounds: number): Promise<Section[]> {
  const closing: (() => Promise<void>)[] = [];
  try {
    const upstream = await startBesideLoad("canned-upstream");
    closing.push(upstream.stop);
    const start = (count: number, name: "proxy" | "combined", path: string) =>
      startMeasured({ upstreamPort: upstream.port, count, bundles, name, path, closing });
    const subjects: Record<string, Measured> = { [OWN]: await start(20, "proxy", "/server0") };
    for (const count of MEMBER_COUNTS) subjects[of(count)] = await start(count, "combined", COMBINED);
    return [
      await routedCalls(subjects, false, rounds),
      await routedCalls(subjects, true, rounds),
      await lists(subjects, rounds),
    ];
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

type Start = {
  upstreamPort: number;
  count: number;
  bundles: Bundles;
  name: "proxy" | "combined";
  path: string;
  closing: (() => Promise<void>)[];
};

async function startMeasured({
  upstreamPort,
  count,
  bundles,
  name,
  path,
  closing,
}: Start): Promise<Measured> {
  const upstreamUrl = `http://127.0.0.1:${upstreamPort}/members`;
  const servers = Object.fromEntries(Array.from({ length: count }, (_, index) => [`server${index}`, {}]));
  const gateway = { combined: { servers: "all" } };
  const services = await startGatewayServices(servers, { upstreamUrl, gateway });
  closing.push(services.close);
  const { files } = bundles;
  const environment = { AUTHORIZER_BUNDLE: files.authorizer, HANDLER_BUNDLE: files[name] };
  const subject = await startInvoked({ ...services.environment, ...environment });
  closing.push(subject.stop);
  const headers = { authorization: `Bearer ${await services.token()}` };
  const session = await subject.begin({ path, headers, body: BEGIN_BODY });
  return {
    subject,
    request: (body, inSession) => ({
      path,
      headers: { ...headers, ...(inSession && { "mcp-session-id": session }) },
      body,
    }),
  };
}

async function routedCalls(
  subjects: Readonly<Record<string, Measured>>,
  inSession: boolean,
  rounds: number,
): Promise<Section> {
  const routed = CALL_BODY.replace('"name":"echo"', '"name":"server0__echo"');
  const cpu = await cpuOf(subjects, rounds * 4, WARM_UP_CALLS, ({ request }, name) =>
    request(name === OWN ? CALL_BODY : routed, inSession),
  );
  return {
    title: inSession ? "Combined endpoint: a routed call in a session" : "Combined endpoint: a routed call",
    note: "POST of 1 KiB JSON, one at a time; CPU time of the function for each, log lines included",
    rows: rowsOf(cpu, "µs CPU", OWN),
    targets: MEMBER_COUNTS.map((count) =>
      atMost(`${of(count)} / ${OWN}`, ratioOf(cpu[of(count)], cpu[OWN]), ROUTED_LIMIT),
    ),
  };
}

async function lists(subjects: Readonly<Record<string, Measured>>, rounds: number): Promise<Section> {
  const cpu = await cpuOf(subjects, rounds * 2, WARM_UP_LISTS, ({ request }) => request(LIST_BODY, false));
  return {
    title: "Combined endpoint: a merged list",
    note: "`tools/list` with 12 tools of each member, one request at a time; CPU time of the function for each, log lines included",
    rows: rowsOf(cpu, "µs CPU", OWN),
    targets: [],
  };
}

async function cpuOf(
  subjects: Readonly<Record<string, Measured>>,
  rounds: number,
  warmUpCalls: number,
  requestOf: (measured: Measured, name: string) => LoadRequest,
): Promise<Record<string, number[]>> {
  const windows: Record<string, () => Promise<number>> = {};
  for (const [name, measured] of Object.entries(subjects)) {
    const request = requestOf(measured, name);
    const { subject } = measured;
    for (let calls = 0; calls < warmUpCalls; )
      calls += await subject.responses(request, WARM_UP_CONNECTIONS, WINDOW_MS);
    windows[name] = async () => {
      const before = subject.cpuSeconds();
      const count = await subject.responses(request, 1, WINDOW_MS);
      return ((subject.cpuSeconds() - before) / count) * 1e6;
    };
  }
  return inTurns(windows, rounds);
}
