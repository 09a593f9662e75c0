// `npm start`: the gateway on this machine. Prints client settings, then one line per request; ends all child processes at
// its exit.
import { join, resolve } from "node:path";
import type { ConfigOverlay } from "../cli/config-overlay.ts";
import { localName, writeGatewayFile } from "../cli/local-gateway-file.ts";
import { UsageError } from "../cli/terminal.ts";
import { parseGatewayConfig } from "../functions/core/config/gateway-config.ts";
import { terminalOutput } from "../functions/core/safe-text.ts";
import { combinedMembers, readConfigSource } from "../infra/config-source.ts";
import { commandText, PROJECT } from "../infra/package-paths.ts";
import type { Demo } from "./demo.ts";
import { configText, poolFullText } from "./event-text.ts";
import { type Flags, readFlags, USAGE } from "./flags.ts";
import { openFunctionLogs } from "./function-logs.ts";
import { type LocalGateway, startGateway } from "./gateway.ts";
import { missingLocalPackages } from "./local-packages.ts";
import { outcomeLoggedBy, requestLine } from "./request-line.ts";
import { openRequestOutcomes } from "./request-outcomes.ts";
import { openSecrets } from "./secrets-file.ts";
import { documentsAreReachable } from "./sign-in/document-reach.ts";
import { DEFAULT_BASE_URL } from "./sign-in/token-command.ts";
import { LOCAL_USERS, userById, userByKey } from "./sign-in/users.ts";
import { startText } from "./start-text.ts";
import { paintFor } from "./terminal.ts";

const DEMO_USER = "pro";
const DEFAULT_SECRETS = join(PROJECT, ".local", "secrets.json");
const PARENT_CHECK_MS = 250;
const paint = paintFor(process.stdout.isTTY === true, process.env);
const print = (text: string) => void process.stdout.write(`${terminalOutput(text)}\n`);

const ending = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => ending.abort());
// npm may be killed without a signal to its child processes.
if (process.env["npm_lifecycle_event"] !== undefined) onParentExit(() => ending.abort());

/** Runs the gateway until a signal ends it. */
export async function main(args: readonly string[]): Promise<void> {
  try {
    const flags = readFlags(args);
    if (flags === "help") print(USAGE);
    else await run(flags);
  } catch (error) {
    if (!ending.signal.aborted) {
      process.stderr.write(`${paint.bad("Not started.")} ${terminalOutput((error as Error).message)}\n`);
      if (error instanceof UsageError)
        process.stderr.write(`To list the options: ${commandText("local", "--help")}\n`);
      process.exitCode = 1;
    }
  }
}

async function run(flags: Flags): Promise<void> {
  const configDir = flags.configDir ?? join(PROJECT, "config");
  const name = localName(flags.port);
  let overlay: ConfigOverlay = {};
  const logs = openFunctionLogs({
    directory: join(PROJECT, ".local", "logs", name),
    verbose: flags.verbose,
    print,
  });
  const outcomes = openRequestOutcomes();
  let demo: Demo | undefined;
  let gateway: LocalGateway | undefined;
  let removeGatewayFile = () => {};
  const advertiseClientDocuments = flags.cimd ?? (flags.demo && (await documentsAreReachable()));
  try {
    print(paint.dim("starting the functions"));
    gateway = await startGateway({
      configDir,
      port: flags.port,
      stagePath: flags.stagePath,
      edge: flags.edge,
      signal: ending.signal,
      secrets: openSecrets(flags.secretsFile, DEFAULT_SECRETS, (text) =>
        print(`${paint.bad("secrets:")} ${text}`),
      ),
      overlay: async (publicUrl) => {
        if (!flags.demo) return {};
        const signInPort = flags.port === 0 ? 0 : flags.port + 1;
        demo = await (await loadDemo()).startDemo(readConfigSource(configDir), publicUrl, signInPort, {
          advertiseClientDocuments,
          onProblem: (text) => print(`${paint.bad("sign-in:")} ${text}`),
        });
        overlay = demo.overlay;
        return overlay;
      },
      onRequest: async (record) => {
        const by = outcomeLoggedBy(record);
        const outcome = by === undefined ? undefined : await outcomes.of(record.requestId, by);
        print(requestLine(record, paint, nameOf, outcome));
      },
      onConfig: (event) => print(configText(event, paint)),
      onLogLine: (functionName, line) => {
        outcomes.note(line);
        logs.write(functionName, line);
      },
      onPoolFull: (functionName, processes) => print(poolFullText(functionName, processes, paint)),
    });
    removeGatewayFile = writeGatewayFile(name, {
      url: gateway.url,
      ssmEndpoint: gateway.ssm.url,
      dynamoDbEndpoint: gateway.dynamoDb?.url,
      prefix: `/mcp-gateway/${gateway.stage}`,
      configDir: resolve(configDir),
      overlay,
      pid: process.pid,
    });
    print(await introduction(gateway, configDir, demo));
    if (demo !== undefined && !advertiseClientDocuments) print(paint.dim(documentsNote(flags)));
    print(paint.good("ready"));
    await aborted(ending.signal);
  } finally {
    removeGatewayFile();
    await Promise.all([gateway?.close(), demo?.close()]);
    await logs.close();
  }
}

/** Loaded on demand: its packages are optional in a project that has this package installed. */
async function loadDemo(): Promise<typeof import("./demo.ts")> {
  try {
    return await import("./demo.ts");
  } catch (error) {
    throw missingLocalPackages(error) ?? error;
  }
}

async function introduction(
  gateway: LocalGateway,
  configDir: string,
  demo: Demo | undefined,
): Promise<string> {
  const { url } = gateway;
  const source = readConfigSource(configDir);
  const serverNames = source.servers.map(({ name }) => name);
  const combined = combinedMembers(source);
  const parsed = parseGatewayConfig(source.gateway.text);
  const publicUrl = parsed.ok ? parsed.config.public_url : undefined;
  if (demo === undefined) return startText({ url, publicUrl, serverNames, combined, demo: undefined }, paint);
  const { signIn } = demo;
  const elsewhere = signIn.baseUrl === DEFAULT_BASE_URL ? "" : ` --base-url ${signIn.baseUrl}`;
  const facts = {
    token: await signIn.issueToken({ user: DEMO_USER }),
    user: userByKey(DEMO_USER)?.name ?? DEMO_USER,
    users: LOCAL_USERS.map(({ name }) => name),
    signInUrl: signIn.baseUrl,
    connectionsUrl: signIn.connectionApps.length > 0 ? signIn.connectionsUrl : undefined,
    tokenCommand: commandText("token", `--user free${elsewhere}`),
  };
  return startText({ url, publicUrl, serverNames, combined, demo: facts }, paint);
}

/** A process whose parent has exited gets a new parent. */
function onParentExit(then: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    then();
  }, PARENT_CHECK_MS);
  timer.unref();
}

function documentsNote({ cimd }: Flags): string {
  const why = cimd === undefined ? "DNS lookups of public names fail on this machine" : "--no-cimd";
  return `Clients register themselves; client id metadata documents are not advertised (${why}).\n`;
}

/** Names of the demo's users; unknown users keep their id. */
function nameOf(subject: string): string {
  return userById(subject)?.name ?? subject;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve());
  });
}

if (import.meta.main) await main(process.argv.slice(2));
