// Cold starts: from the start of a process to the first answer, over a handler that does nothing, with SSM, JWKS and downstream on loopback.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inTurns, ratioOf } from "../measure.ts";
import { atMost, rowsOf, type Section, type Target } from "../report.ts";
import type { Bundles, FunctionName } from "../services/bundles.ts";
import { bundleSubject, startOnce } from "../services/cold-starts.ts";
import { authorizerEvent, metadataEvent, proxyEvent } from "../services/events.ts";
import { type GatewayServices, ISSUER, startGatewayServices } from "../services/gateway-services.ts";

// Milliseconds are a machine's own, so the limits are shares of what the SDK's client takes in the same round.
const LIMIT_SHARE: Record<FunctionName, number> = { authorizer: 1.15, proxy: 1.15, metadata: 1.15 };
const SDK_CLIENT = "AWS SDK's SSM client alone";
const LIMIT_KB: Record<FunctionName, number> = { authorizer: 550, proxy: 600, metadata: 560 };
const NAMES = Object.keys(LIMIT_SHARE) as FunctionName[];

/** Runs it. `rounds` are those of the other sections: these are short and differ much, so there are more of them. */
export async function coldStart(bundles: Bundles, rounds: number): Promise<Section[]> {
  const folder = mkdtempSync(join(tmpdir(), "mcp-gateway-bench-"));
  const services = await startGatewayServices();
  try {
    const program = await bundleSubject("cold-function", folder);
    const sdkClient = await bundleSubject("ssm-client", folder);
    const empty = join(folder, "empty.cjs");
    writeFileSync(empty, "exports.handler = async () => ({ statusCode: 200 });");
    const events = await writeEvents(folder, services);

    const cpu: Record<string, number[]> = {
      empty: [],
      [SDK_CLIENT]: [],
      authorizer: [],
      proxy: [],
      metadata: [],
    };
    const start = (name: string, bundle: string, event: string, options?: string) => async () => {
      const env = { NODE_OPTIONS: options ?? "" };
      const streams = name === "proxy";
      const figures = await startOnce(program, services, { bundle, event, streams, env });
      cpu[name]?.push(figures.cpuMs);
      return figures.doneMs;
    };
    const subjects = NAMES.map(
      (name) => [name, start(name, bundles.files[name], events[name], bundles.nodeOptions[name])] as const,
    );
    const wall = await inTurns(
      {
        empty: start("empty", empty, events.metadata),
        [SDK_CLIENT]: start(SDK_CLIENT, sdkClient, events.metadata),
        ...Object.fromEntries(subjects),
      },
      rounds * 3,
    );
    return [section(wall, cpu, bundles)];
  } finally {
    await services.close();
    rmSync(folder, { recursive: true });
  }
}

function section(wall: Record<string, number[]>, cpu: Record<string, number[]>, bundles: Bundles): Section {
  const over = (values: Record<string, number[]>) =>
    Object.fromEntries(
      [SDK_CLIENT, ...NAMES].map((name) => [
        name,
        (values[name] ?? []).map((ms, round) => ms - (values["empty"]?.[round] ?? 0)),
      ]),
    );
  const wallOver = over(wall);
  const targets: Target[] = NAMES.map((name) => {
    const ratio = ratioOf(wallOver[name] ?? [], wallOver[SDK_CLIENT] ?? []);
    return atMost(`${name}, load and first request / ${SDK_CLIENT}`, ratio, LIMIT_SHARE[name], "x");
  });
  for (const name of NAMES)
    targets.push(atMost(`${name}, bundle`, bundles.kilobytes[name], LIMIT_KB[name], "KB"));
  return {
    title: "Cold start",
    note: "fresh process to first answer, SSM, JWKS and downstream on loopback; less the same with an empty handler in the same round",
    rows: [
      ...rowsOf(wallOver, "ms over empty", SDK_CLIENT),
      ...rowsOf(over(cpu), "ms CPU over empty", SDK_CLIENT),
      ...rowsOf({ "empty handler": wall["empty"] ?? [] }, "ms"),
    ],
    targets,
    skipped: [],
  };
}

/** Writes an event for each function into the folder, and gives their files. */
export async function writeEvents(
  folder: string,
  services: GatewayServices,
): Promise<Record<FunctionName, string>> {
  const token = await services.token();
  const blob = {
    sub: "U2abc",
    issuer: ISSUER,
    exp: Math.floor(Date.now() / 1_000) + 3_600,
    tenant: "",
    clientId: "",
    scopes: [],
    claims: { sub: "U2abc", email: "alice@example.com" },
    admitted: true,
  };
  const context = { server: "tools", principal: Buffer.from(JSON.stringify(blob)).toString("base64url") };
  const events = {
    authorizer: authorizerEvent(token),
    proxy: proxyEvent(token, context),
    metadata: metadataEvent(),
  };
  const write = (name: FunctionName) => {
    const file = join(folder, `${name}.json`);
    writeFileSync(file, JSON.stringify(events[name]));
    return file;
  };
  return { authorizer: write("authorizer"), proxy: write("proxy"), metadata: write("metadata") };
}
