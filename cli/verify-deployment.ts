// `npm run verify-deployment -- --url U`: checks a live deployment for what a local run cannot show.
// Exit codes: 0 no check failed, 1 a check failed, 2 usage error or no response.
import { jsonText } from "../functions/core/safe-text.ts";
import { commandText } from "../infra/package-paths.ts";
import { type CheckResult, runCheck } from "./deployment-check.ts";
import { BY_HAND } from "./deployment-checks-by-hand.ts";
import { send, type Target } from "./deployment-target.ts";
import { OPEN_CHECKS } from "./open-deployment-checks.ts";
import {
  bareToken,
  processTerminal,
  readArgs,
  readInputFile,
  runGuarded,
  type Terminal,
  UsageError,
} from "./terminal.ts";
import { EXPIRY_CHECK, TOKEN_CHECKS } from "./token-deployment-checks.ts";
import { verificationText } from "./verification-text.ts";

const USAGE = `Usage: ${commandText("verify-deployment", "--url U [--server S] [--token-file F] [more] [--json]")}

  --url U                 the gateway's URL (the stack's output McpServerUrl)
  --server S              a server that runs the example "whoami" (default "whoami")
  --token-file F          an access token for it; without one, only checks that need no token run
  --stream-server S       a server that runs the example "everything": checks streaming
  --denied-server S       a server whose rules deny the token's claims: checks the body of a 403
  --scoped-tool T         a tool of --server that requires a scope which the token lacks: checks header renames
  --expired-token-file F  a token that has expired
  --wait-for-expiry       wait until the token expires, and send it again
  --json                  print JSON

Tokens are sent only to U. Exit codes: 0 no check failed, 1 a check failed, 2 usage error or no response from U.
`;

const OPTIONS = {
  url: { type: "string" },
  server: { type: "string", default: "whoami" },
  "token-file": { type: "string" },
  "stream-server": { type: "string" },
  "denied-server": { type: "string" },
  "scoped-tool": { type: "string" },
  "expired-token-file": { type: "string" },
  "wait-for-expiry": { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

/**
 * Runs the command.
 *
 * @param args without the program's name
 * @returns the exit code
 */
export function runVerifyDeployment(args: readonly string[], unguarded: Terminal): Promise<number> {
  return runGuarded(unguarded, commandText("verify-deployment", "--help"), async (terminal) => {
    const { values } = readArgs({ args: [...args], options: OPTIONS });
    if (values.help) {
      terminal.out(USAGE);
      return 0;
    }
    const target: Target = {
      url: readUrl(values.url),
      server: values.server,
      token: readToken(values["token-file"]),
      expiredToken: readToken(values["expired-token-file"]),
      deniedServer: values["denied-server"],
      scopedTool: values["scoped-tool"],
      streamServer: values["stream-server"],
    };
    await send(`${target.url}/health`).catch((error: Error) => {
      throw new Error(`no response from ${target.url}: ${error.message}`, { cause: error });
    });
    const results = await verify(target, values["wait-for-expiry"]);
    terminal.out(
      values.json
        ? `${jsonText({ url: target.url, results }, 2)}\n`
        : verificationText(target.url, results, terminal),
    );
    return results.some(({ result }) => result === "fail") ? 1 : 0;
  });
}

async function verify(target: Target, waitForExpiry: boolean): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  const checks = [...OPEN_CHECKS, ...TOKEN_CHECKS, ...(waitForExpiry ? [EXPIRY_CHECK] : [])];
  for (const check of checks) results.push(await runCheck(check, target));
  if (!waitForExpiry) {
    const { name, expected, todo } = EXPIRY_CHECK;
    const actual = "not checked without --wait-for-expiry";
    results.push({ name, expected, todo, result: "skipped", actual });
  }
  return [...results, ...BY_HAND.map((point) => ({ ...point, result: "by_hand" as const, actual: "" }))];
}

function readUrl(text: string | undefined): string {
  if (text === undefined) throw new UsageError("--url is missing");
  const url = URL.parse(text);
  const loopback = ["127.0.0.1", "localhost", "[::1]"].includes(url?.hostname ?? "");
  if (url === null || !(url.protocol === "https:" || (url.protocol === "http:" && loopback))) {
    throw new UsageError(`--url: expected an https URL, but got ${text}`);
  }
  return text.replace(/\/+$/, "");
}

function readToken(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  const token = bareToken(readInputFile(file));
  if (token === "") throw new UsageError(`no token in ${file}`);
  return token;
}

export async function main(args: readonly string[]): Promise<void> {
  process.exitCode = await runVerifyDeployment([...args], processTerminal());
}

if (import.meta.main) await main(process.argv.slice(2));
