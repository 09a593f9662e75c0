// Cold starts: from the start of a process to the first response, minus the same for an empty handler.
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { LOOPBACK_CERTIFICATE } from "../../fixtures/loopback-tls.ts";
import { inTurns, ratioOf } from "../measure.ts";
import { atMost, rowsOf, type Section } from "../report.ts";
import { type Bundles, bundleSubject, type FunctionName } from "../services/bundles.ts";
import { startOnce } from "../services/cold-starts.ts";
import { authorizerEvent, metadataEvent, proxyEvent } from "../services/events.ts";
import { type GatewayServices, ISSUER, startGatewayServices } from "../services/gateway-services.ts";

const SDK_CLIENT = "AWS SDK's SSM client alone";
const EMPTY = "empty handler";
const NAMES = ["authorizer", "proxy", "metadata"] as const satisfies readonly FunctionName[];
type Name = (typeof NAMES)[number];
const LIMIT = 1.15;

/** Runs the section. Starts are short and vary a lot, so it has more rounds than the other sections. */
export async function coldStart(bundles: Bundles, rounds: number): Promise<Section[]> {
  const folder = mkdtempSync(join(tmpdir(), "mcp-gateway-bench-"));
  // With TLS, as on AWS.
  const services = await startGatewayServices({ tools: {} }, { tls: true });
  try {
    const program = await bundleSubject("cold-function", folder);
    const sdkClient = await bundleSubject("ssm-client", folder);
    const empty = join(folder, "empty.cjs");
    writeFileSync(empty, "exports.handler = async () => ({ statusCode: 200 });");
    const certificate = join(folder, "ca.pem");
    writeFileSync(certificate, LOOPBACK_CERTIFICATE);
    const events = await writeEvents(folder, services);

    const cpu: Values = {};
    const requestCpu: Values = {};
    const subject = (name: string, bundle: string, event: string) => ({
      [name]: async () => {
        const env = { NODE_EXTRA_CA_CERTS: certificate };
        const start = { bundle, event, streams: name === "proxy", env };
        const { doneMs, cpuMs, requestCpuMs } = await startOnce(program, services, start);
        cpu[name] = [...(cpu[name] ?? []), cpuMs];
        requestCpu[name] = [...(requestCpu[name] ?? []), requestCpuMs];
        return doneMs;
      },
    });
    const moduleOf = (name: Name) => join(dirname(bundles.files[name]), "lambda.mjs");
    const functions = NAMES.map((name) => subject(name, moduleOf(name), events[name]));
    const subjects = Object.assign(
      {},
      subject(EMPTY, empty, events.metadata),
      subject(SDK_CLIENT, sdkClient, events.metadata),
      ...functions,
    );
    const wall = await inTurns(subjects, rounds * 3);
    const kilobytes = { [SDK_CLIENT]: [statSync(sdkClient).size / 1_000], ...kilobytesOf(bundles) };
    return [section(wall, cpu, requestCpu, kilobytes)];
  } finally {
    await services.close();
    rmSync(folder, { recursive: true });
  }
}

type Values = Record<string, number[]>;

function kilobytesOf({ kilobytes }: Bundles): Values {
  return Object.fromEntries(NAMES.map((name) => [name, [kilobytes[name]]]));
}

function section(wall: Values, cpu: Values, requestCpu: Values, kilobytes: Values): Section {
  const overEmpty = (values: Values): Values =>
    Object.fromEntries(
      [SDK_CLIENT, ...NAMES].map((name) => [
        name,
        (values[name] ?? []).map((ms, round) => ms - (values[EMPTY]?.[round] ?? Number.NaN)),
      ]),
    );
  const cpuOver = overEmpty(cpu);
  return {
    title: "Cold start",
    note: "Fresh process to first response over TLS, less the same with an empty handler in the same round; Parameter Store, JWKS and upstream on loopback",
    rows: [
      ...rowsOf(cpuOver, "ms CPU", SDK_CLIENT),
      ...rowsOf(overEmpty(requestCpu), "ms CPU of the request", SDK_CLIENT),
      ...rowsOf(overEmpty(wall), "ms", SDK_CLIENT),
      ...rowsOf({ [EMPTY]: wall[EMPTY] ?? [] }, "ms"),
      ...rowsOf(kilobytes, "KB bundle", SDK_CLIENT),
    ],
    // By CPU time, which bounds a start: with 512 MB a function has 0.29 of a core. It also depends least on other work on the machine.
    targets: NAMES.map((name) =>
      atMost(`${name} / ${SDK_CLIENT}`, ratioOf(cpuOver[name], cpuOver[SDK_CLIENT]), LIMIT),
    ),
  };
}

/** Writes an event for each function into the folder, and returns the files. */
async function writeEvents(folder: string, services: GatewayServices): Promise<Record<Name, string>> {
  const token = await services.token();
  const principal = {
    sub: "U2abc",
    issuer: ISSUER,
    exp: Math.floor(Date.now() / 1_000) + 3_600,
    tenant: "",
    clientId: "",
    scopes: [],
    claims: { sub: "U2abc", email: "alice@example.com" },
    admitted: true,
  };
  const context = {
    server: "tools",
    principal: Buffer.from(JSON.stringify(principal)).toString("base64url"),
  };
  const write = (name: Name, event: object) => {
    const file = join(folder, `${name}.json`);
    writeFileSync(file, JSON.stringify(event));
    return file;
  };
  return {
    authorizer: write("authorizer", authorizerEvent(token)),
    proxy: write("proxy", proxyEvent(token, context)),
    metadata: write("metadata", metadataEvent()),
  };
}
