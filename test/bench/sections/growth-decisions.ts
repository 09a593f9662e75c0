// The authorizer's decision by number of servers, claims and token bytes, and the list filter by number of tools, in one process.
import { createRequire } from "node:module";
import { generateKeyPair } from "jose";
import { filterListText } from "../../../functions/core/list-filter.ts";
import { type CurveValues, measureCurves, type Probe } from "../curves.ts";
import { cpuOfEach } from "../measure.ts";
import type { Bundles } from "../services/bundles.ts";
import { authorizerEvent } from "../services/events.ts";
import { type GatewayServices, startGatewayServices } from "../services/gateway-services.ts";
import {
  CLAIM_COUNTS,
  fillingClaim,
  moreClaims,
  SERVER_COUNTS,
  serversOf,
  serversOfClaims,
  TOKEN_BYTES,
  TOOL_COUNTS,
} from "./growth-sizes.ts";
import { callersView, listOf } from "./list-filter.ts";

const CALLS = 60;
/** Tools that the filter processes for one figure. */
const FILTERED_TOOLS = 4_000;

/** Curves by the quantity that grows. */
export type DecisionGrowth = Record<"servers" | "tools" | "claims" | "bytes", CurveValues>;

type Handler = (event: object) => Promise<{ policyDocument: { Statement: { Effect: string }[] } }>;

/** Runs the part in this process. */
export async function growthOfDecisions(
  { files }: Pick<Bundles, "files">,
  rounds: number,
): Promise<DecisionGrowth> {
  const keys = await generateKeyPair("RS256", { extractable: true });
  const ofServers: GatewayServices[] = [];
  for (const count of SERVER_COUNTS) ofServers.push(await startGatewayServices(serversOf(count), { keys }));
  const services = await startGatewayServices(serversOfClaims(), { keys });
  try {
    const usual = await tokensOf(services, rounds, {});
    const servers: Probe[] = [];
    for (const [index, count] of SERVER_COUNTS.entries()) {
      const handler = await authorizerOf(files.authorizer, ofServers[index] as GatewayServices);
      servers.push(decisionProbe(handler, count, usual, "tools"));
    }
    const handler = await authorizerOf(files.authorizer, services);
    const claims: Probe[] = [];
    for (const count of CLAIM_COUNTS) {
      const tokens = await tokensOf(services, rounds, moreClaims(count));
      claims.push(decisionProbe(handler, count, tokens, `claims-${count}`));
    }
    const bytes: Probe[] = [];
    for (const size of TOKEN_BYTES) {
      const tokens = await tokensOf(services, rounds, await fillingClaim(services, size));
      bytes.push(decisionProbe(handler, size, tokens, "tools"));
    }
    return {
      servers: await measureCurves(servers, rounds),
      tools: await measureCurves(TOOL_COUNTS.map(filterProbe), rounds),
      claims: await measureCurves(claims, rounds),
      bytes: await measureCurves(bytes, rounds),
    };
  } finally {
    await Promise.all([...ofServers, services].map(({ close }) => close()));
  }
}

/** One token for each decision on a new token, including the warm-up, and one more. */
function tokensOf(services: GatewayServices, rounds: number, claims: object): Promise<string[]> {
  const ids = Array.from({ length: CALLS * (rounds + 1) + 1 }, (_, index) => String(100_000 + index));
  return Promise.all(ids.map((jti) => services.token({ ...claims, jti })));
}

/** The authorizer in a fresh environment: the module is evaluated again. */
async function authorizerOf(file: string, services: GatewayServices): Promise<Handler> {
  Object.assign(process.env, services.environment);
  const load = createRequire(import.meta.url);
  delete load.cache[load.resolve(file)];
  const { handler } = load(file) as { handler: Handler };
  await expectAllowed(handler, authorizerEvent(await services.token()));
  return handler;
}

async function expectAllowed(handler: Handler, event: object): Promise<void> {
  const { policyDocument } = await handler(event);
  if (policyDocument.Statement[0]?.Effect !== "Allow") throw new Error("the token was denied");
}

function decisionProbe(handler: Handler, x: number, tokens: readonly string[], server: string): Probe {
  const [first, ...events] = tokens.map((token) => authorizerEvent(token, server)) as [object, ...object[]];
  let next = 0;
  const decideOnNext = () => {
    next += 1;
    return handler(events[next - 1] as object);
  };
  return {
    x,
    run: async () => {
      await expectAllowed(handler, first);
      return { "decision on a token, µs CPU": await cpuOfEach(CALLS, decideOnNext) };
    },
  };
}

function filterProbe(x: number): Probe {
  const text = listOf(x);
  const view = callersView();
  const filter = () => cpuOfEach(Math.ceil(FILTERED_TOOLS / x), () => filterListText(text, view));
  return { x, run: async () => ({ "filter of a list, µs CPU": await filter() }) };
}
