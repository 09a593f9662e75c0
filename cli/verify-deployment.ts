// `npm run verify-deployment -- --url U`: looks at a live deployment for what no local run can show.
// Exit codes: 0 nothing failed, 1 something is otherwise than expected, 2 wrong use or nothing answers.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { jsonText } from "../functions/core/safe-text.ts";
import { commandText } from "../infra/package-paths.ts";
import { type CheckResult, looked } from "./deployment-check.ts";
import { BY_HAND } from "./deployment-checks-by-hand.ts";
import { ask, type Target } from "./deployment-target.ts";
import { OPEN_CHECKS } from "./open-deployment-checks.ts";
import { guarded, isUsageError, processTerminal, type Terminal, UsageError } from "./terminal.ts";
import { EXPIRY_CHECK, TOKEN_CHECKS } from "./token-deployment-checks.ts";
import { verificationText } from "./verification-text.ts";

const USAGE = `Usage: ${commandText("verify-deployment")} --url U [--server S] [--token-file F] [more] [--json]

  --url U                 the gateway's URL (the stack's output BaseUrl)
  --server S              a server that runs the example "whoami" ("whoami" unless given)
  --token-file F          an access token for it; without one, only what needs none is looked at
  --stream-server S       a server that runs the example "everything": shows streaming
  --denied-server S       a server whose rules refuse the token's claims: shows the body of a 403
  --scoped-tool T         a tool of --server that needs a scope which the token has not: shows header renames
  --expired-token-file F  a token that has expired
  --wait-for-expiry       waits until the token expires, and sends it again
  --json                  for programs

Tokens go to U alone. Exit codes: 0 nothing failed, 1 something did, 2 wrong use or nothing answers at U.
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
 * @param unguarded where it writes
 * @returns the exit code
 */
export async function runVerifyDeployment(args: readonly string[], unguarded: Terminal): Promise<number> {
  const terminal = guarded(unguarded);
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
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
    await ask(`${target.url}/health`).catch((error: Error) => {
      throw new Error(`nothing answers at ${target.url}: ${error.message}`, { cause: error });
    });
    const results = await verify(target, values["wait-for-expiry"]);
    terminal.out(
      values.json
        ? `${jsonText({ url: target.url, results }, 2)}\n`
        : verificationText(target.url, results, terminal),
    );
    return results.some(({ result }) => result === "fail") ? 1 : 0;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    terminal.err(`${terminal.style("red", "error")}: ${error.message}\n`);
    if (isUsageError(error)) terminal.err(`\n${USAGE}`);
    return 2;
  }
}

async function verify(target: Target, waitForExpiry: boolean): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  const checks = [...OPEN_CHECKS, ...TOKEN_CHECKS, ...(waitForExpiry ? [EXPIRY_CHECK] : [])];
  for (const check of checks) results.push(await looked(check, target));
  if (!waitForExpiry) {
    const { name, expected, todo } = EXPIRY_CHECK;
    const actual = "not looked at without --wait-for-expiry";
    results.push({ name, expected, todo, result: "skipped", actual });
  }
  return [...results, ...BY_HAND.map((point) => ({ ...point, result: "by_hand" as const, actual: "" }))];
}

function readUrl(text: string | undefined): string {
  if (text === undefined) throw new UsageError("--url is missing");
  const url = URL.parse(text);
  const loopback = ["127.0.0.1", "localhost", "[::1]"].includes(url?.hostname ?? "");
  if (url === null || !(url.protocol === "https:" || (url.protocol === "http:" && loopback))) {
    throw new UsageError(`--url: an https URL was expected, but it is ${text}`);
  }
  return text.replace(/\/+$/, "");
}

function readToken(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  const token = readFileSync(file, "utf8")
    .trim()
    .replace(/^bearer +/i, "");
  if (token === "") throw new UsageError(`no token in ${file}`);
  return token;
}

/** The command on this process's terminal. */
export async function main(args: readonly string[]): Promise<void> {
  process.exitCode = await runVerifyDeployment([...args], processTerminal());
}

if (import.meta.main) await main(process.argv.slice(2));
