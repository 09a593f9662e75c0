// What a function's memory size does: on Lambda it sets the share of a core. A first call and warm calls at each share, after a load at full
// speed as Lambda's own initialisation has it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { percentilesOf, seriesOf } from "../measure.ts";
import { rowsOf, type Section } from "../report.ts";
import type { Bundles } from "../services/bundles.ts";
import { bundleSubject, type ColdFigures, type ColdStart, startOnce } from "../services/cold-starts.ts";
import { makeCpuShare } from "../services/cpu-share.ts";
import { type GatewayServices, startGatewayServices } from "../services/gateway-services.ts";
import { writeEvents } from "./cold-start.ts";

// "At 1,769 MB, a function has the equivalent of one vCPU": https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
const MB_OF_A_CORE = 1_769;
const SIZES_MB = [128, 256, 512, 1_024, MB_OF_A_CORE];
const WARM_CALLS = 200;
const NAMES = ["authorizer", "proxy"] as const;

/** Runs it. */
export async function memory(bundles: Bundles, rounds: number): Promise<Section[]> {
  const folder = mkdtempSync(join(tmpdir(), "mcp-gateway-bench-"));
  const services = await startGatewayServices();
  try {
    const program = await bundleSubject("cold-function", folder);
    const events = await writeEvents(folder, services);
    const figures = new Map<string, ColdFigures[]>();
    for (let round = 0; round < Math.ceil(rounds / 2); round += 1) {
      for (const size of SIZES_MB) {
        for (const name of NAMES) {
          const env = { NODE_OPTIONS: bundles.nodeOptions[name] };
          const start = { bundle: bundles.files[name], event: events[name], streams: name === "proxy", env };
          const found = await atSize(size, program, services, start);
          if (found === undefined)
            return [section(figures, ["there is no right to make a control group here"])];
          const key = `${name}, ${size} MB`;
          figures.set(key, [...(figures.get(key) ?? []), found]);
        }
      }
    }
    return [section(figures, [])];
  } finally {
    await services.close();
    rmSync(folder, { recursive: true });
  }
}

async function atSize(
  size: number,
  program: string,
  services: GatewayServices,
  start: ColdStart,
): Promise<ColdFigures | undefined> {
  const share = makeCpuShare(size / MB_OF_A_CORE);
  if (share === undefined) return undefined;
  try {
    const env = { ...start.env, JOIN_GROUP: share.joinFile, WARM_CALLS: String(WARM_CALLS) };
    return await startOnce(program, services, { ...start, env });
  } finally {
    share.remove();
  }
}

function section(figures: ReadonlyMap<string, ColdFigures[]>, skipped: string[]): Section {
  const each = (of: (figures: ColdFigures) => number) =>
    Object.fromEntries([...figures].map(([key, list]) => [key, list.map(of)]));
  const warm = ({ warmMs }: ColdFigures) => seriesOf(warmMs).median;
  return {
    title: "Memory size",
    note: `load at full speed, then one call and ${WARM_CALLS} more one after another at the share of a core that Lambda gives to the size`,
    rows: [
      ...rowsOf(
        each(({ doneMs, loadedMs }) => doneMs - loadedMs),
        "ms first call",
      ),
      ...rowsOf(each(warm), "ms warm call"),
      ...rowsOf(
        each(({ warmMs }) => percentilesOf(warmMs)[1] ?? Number.NaN),
        "ms warm, p95",
      ),
    ],
    targets: [],
    skipped,
  };
}
