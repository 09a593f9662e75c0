// `npm start`: the gateway on this machine. Prints what to paste into a client, then one line per request; ends without a
// process left behind.
import { join, resolve } from "node:path";
import { readConfigSource } from "../config-source.ts";
import type { ConfigOverlay } from "./config-overlay.ts";
import { configText } from "./config-text.ts";
import { type Demo, startDemo } from "./demo.ts";
import { type Flags, readFlags, USAGE } from "./flags.ts";
import { openFunctionLogs } from "./function-logs.ts";
import { type LocalGateway, startGateway } from "./gateway.ts";
import { localName, writeGatewayFile } from "./gateway-file.ts";
import { requestLine } from "./request-line.ts";
import { LOCAL_USERS, userById, userByKey } from "./sign-in/users.ts";
import { startText } from "./start-text.ts";
import { paintFor } from "./terminal.ts";

const REPOSITORY = join(import.meta.dirname, "..", "..");
const DEMO_USER = "pro";
const DEFAULT_BASE_URL = "http://127.0.0.1:8788";
const paint = paintFor(process.stdout.isTTY === true, process.env);
const print = (text: string) => void process.stdout.write(`${text}\n`);

const ending = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => ending.abort());

try {
  const flags = readFlags(process.argv.slice(2));
  if (flags === "help") print(USAGE);
  else await run(flags);
} catch (error) {
  if (!ending.signal.aborted) {
    process.stderr.write(`${paint.bad("Not started.")} ${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}

async function run(flags: Flags): Promise<void> {
  const configDir = flags.configDir ?? join(REPOSITORY, "config");
  const name = localName(flags.port);
  let overlay: ConfigOverlay = {};
  const logs = openFunctionLogs({
    directory: join(REPOSITORY, ".local", "logs", name),
    verbose: flags.verbose,
    print,
  });
  let demo: Demo | undefined;
  let gateway: LocalGateway | undefined;
  let removeGatewayFile = () => {};
  try {
    print(paint.dim("starting: bundling the functions"));
    gateway = await startGateway({
      configDir,
      port: flags.port,
      stagePath: flags.stagePath,
      signal: ending.signal,
      overlay: async (publicUrl) => {
        if (!flags.demo) return {};
        demo = await startDemo(readConfigSource(configDir), publicUrl, flags.port === 0 ? 0 : flags.port + 1);
        overlay = demo.overlay;
        return overlay;
      },
      onRequest: (record) => print(requestLine(record, paint, nameOf)),
      onConfig: (event) => print(configText(event, paint)),
      onLogLine: logs.write,
    });
    removeGatewayFile = writeGatewayFile(name, {
      url: gateway.url,
      ssmEndpoint: gateway.ssm.url,
      prefix: `/mcp-gateway/${gateway.stage}`,
      configDir: resolve(configDir),
      overlay,
      pid: process.pid,
    });
    print(await introduction(gateway, configDir, demo));
    print(paint.good("ready"));
    await aborted(ending.signal);
  } finally {
    removeGatewayFile();
    await Promise.all([gateway?.close(), demo?.close()]);
    await logs.close();
  }
}

async function introduction(
  gateway: LocalGateway,
  configDir: string,
  demo: Demo | undefined,
): Promise<string> {
  const { url } = gateway;
  const serverNames = readConfigSource(configDir).servers.map(({ name }) => name);
  if (demo === undefined) return startText({ url, serverNames, demo: undefined }, paint);
  const { signIn } = demo;
  const elsewhere = signIn.baseUrl === DEFAULT_BASE_URL ? "" : ` --base-url ${signIn.baseUrl}`;
  const facts = {
    token: await signIn.issueToken({ user: DEMO_USER }),
    user: userByKey(DEMO_USER)?.name ?? DEMO_USER,
    users: LOCAL_USERS.map(({ name }) => name),
    signInUrl: signIn.baseUrl,
    tokenCommand: `npm run -s token -- --user free${elsewhere}`,
  };
  return startText({ url, serverNames, demo: facts }, paint);
}

/** People by name; whoever the demo does not know keeps their id. */
function nameOf(subject: string): string {
  return userById(subject)?.name ?? subject;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve());
  });
}
