// `npm run explain -- limits --caller SUB`: shows a caller's rate limit counters at a deployed gateway, and resets one of them.
// Exit codes: 0 success, 2 usage error, or the counters cannot be read.
import { DeleteItemCommand, DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { GetParameterCommand } from "@aws-sdk/client-ssm";
import type { Claims } from "../functions/core/claims.ts";
import type { RateLimit } from "../functions/core/config/rate-limits.ts";
import type { ConfigSnapshot } from "../functions/core/config-snapshot.ts";
import { bucketOf, COUNTER_ATTRIBUTES, counterOf, counterState } from "../functions/core/rate-limits.ts";
import { jsonText, terminalText } from "../functions/core/safe-text.ts";
import { rateLimitTableParameter } from "../infra/gateway-names.ts";
import { commandText } from "../infra/package-paths.ts";
import { type Deployment, deploymentOf, messageOf } from "./deployed-config.ts";
import { snapshotOfDeployment } from "./snapshot-source.ts";
import { readArgs, runGuarded, type Terminal, UsageError } from "./terminal.ts";

const USAGE = `Usage: ${commandText("explain", "limits --caller SUB [--claim NAME=VALUE]... [--server S] (--prefix P | --local)")}
       [--clear LIMIT] [--json]

  --caller SUB        the caller: "sub" of the token
  --claim NAME=VALUE  another claim by which a limit counts, as the token has it; lists and objects as JSON
  --server S          only limits of this server and of the gateway; default: all servers
  --prefix P          the gateway's SSM path, such as /mcp-gateway/prod
  --local             the gateway that ${commandText("local")} runs
  --port N            with --local: the gateway on port N, if several run
  --clear LIMIT       reset the caller's counter of this limit; all environments use it within a minute
  --json              print JSON

Reads SSM and the table of rate limits with your AWS credentials: ssm:GetParametersByPath, ssm:GetParameter, dynamodb:GetItem, and
dynamodb:DeleteItem with --clear.
Exit codes: 0 the counters are shown, 2 usage error, or the counters cannot be read.
`;

const OPTIONS = {
  caller: { type: "string" },
  claim: { type: "string", multiple: true },
  server: { type: "string" },
  prefix: { type: "string" },
  local: { type: "boolean" },
  port: { type: "string" },
  clear: { type: "string" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** A limit with the caller's counter; `needs` are the claims that must be given before it is known. */
type CounterRow = {
  name: string;
  server: string;
  allows: string;
  per: readonly string[];
  needs?: readonly string[];
  used?: number;
  remaining?: number;
  resetSeconds?: number;
};

type Table = { client: DynamoDBClient; name: string };

/**
 * Runs the command.
 *
 * @param args the arguments after `limits`
 * @param now milliseconds since 1970
 * @returns the exit code
 */
export function runLimits(args: readonly string[], unguarded: Terminal, now = Date.now()): Promise<number> {
  return runGuarded(unguarded, commandText("explain", "limits --help"), async (terminal) => {
    const { values } = readArgs({ args: [...args], options: OPTIONS });
    if (values.help) {
      terminal.out(USAGE);
      return 0;
    }
    if (values.caller === undefined) throw new UsageError("--caller is missing");
    const claims = { ...claimsOf(values.claim ?? []), sub: values.caller };
    const deployment = deploymentOf(values);
    const limits = limitsOf(await snapshotOfDeployment(deployment), values.server);
    const table = await tableOf(deployment);
    if (values.clear !== undefined) {
      const limit = limits.find(({ name }) => name === values.clear);
      if (limit === undefined)
        throw new UsageError(`--clear: no limit ${values.clear}, but ${namesOf(limits)}`);
      await clear(limit, claims, table, now);
    }
    const rows = await Promise.all(limits.map((limit) => readCounter(limit, claims, table, now)));
    terminal.out(values.json ? `${jsonText(rows, 2)}\n` : rows.map(rowText).join(""));
    return 0;
  });
}

function claimsOf(given: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    given.map((text) => {
      const end = text.indexOf("=");
      if (end < 1) throw new UsageError(`--claim expects NAME=VALUE, but got ${JSON.stringify(text)}`);
      const value = text.slice(end + 1);
      return [text.slice(0, end), /^[[{]/.test(value) ? JSON.parse(value) : value];
    }),
  );
}

/** Each limit once: the gateway's limits apply to every server. */
function limitsOf({ servers }: ConfigSnapshot, name: string | undefined): RateLimit[] {
  const chosen = name === undefined ? [...servers.values()] : [servers.get(name)];
  if (chosen[0] === undefined) {
    throw new UsageError(name === undefined ? "the configuration has no servers" : `no server ${name}`);
  }
  const limits = new Map(
    chosen.flatMap((server) => (server?.rateLimits ?? []).map((limit) => [limit.name + limit.scope, limit])),
  );
  if (limits.size === 0) throw new Error("the configuration has no rate_limits");
  return [...limits.values()];
}

async function tableOf({ prefix, client, aws }: Deployment): Promise<Table> {
  const Name = rateLimitTableParameter(prefix);
  try {
    const { Parameter } = await client.send(new GetParameterCommand({ Name }));
    return { client: new DynamoDBClient(aws), name: Parameter?.Value ?? "" };
  } catch (cause) {
    const text = `the name of the table could not be read from ${Name}: ${messageOf(cause)}`;
    const isMissing = (cause as Error).name === "ParameterNotFound";
    const advice = isMissing ? "\nThe stack has a table only if it was deployed with rate_limits." : "";
    throw new Error(`${text}${advice}`, { cause });
  }
}

async function readCounter(limit: RateLimit, claims: Claims, table: Table, now: number): Promise<CounterRow> {
  const row = {
    name: limit.name,
    server: limit.scope === "*" ? "all servers" : limit.scope,
    allows: limit.quotaText,
    per: limit.per,
  };
  const needs = missingClaims(limit, claims);
  if (needs.length > 0) return { ...row, needs };
  const counter = counterOf(limit, bucketOf(limit, claims) as string, now);
  const { Item } = await table.client.send(
    new GetItemCommand({ TableName: table.name, Key: keyOf(counter.key), ConsistentRead: true }),
  );
  const { remaining, resetMs } = counterState(counter, Number(Item?.[COUNTER_ATTRIBUTES.value]?.N ?? 0), now);
  const most = counter.kind === "window" ? counter.limit : counter.burst;
  return { ...row, used: most - remaining, remaining, resetSeconds: Math.ceil(resetMs / 1_000) };
}

async function clear(limit: RateLimit, claims: Claims, table: Table, now: number): Promise<void> {
  const needs = missingClaims(limit, claims);
  if (needs.length > 0)
    throw new UsageError(`--clear ${limit.name} needs ${needs.map(claimOption).join(" ")}`);
  const { key } = counterOf(limit, bucketOf(limit, claims) as string, now);
  await table.client.send(new DeleteItemCommand({ TableName: table.name, Key: keyOf(key) }));
}

/** A claim that is not given may still be in the token, so its counter is unknown. */
function missingClaims({ per }: RateLimit, claims: Claims): string[] {
  return per.filter((claim) => bucketOf({ per: [claim], sharesMissing: false }, claims) === undefined);
}

function keyOf(key: string) {
  return { [COUNTER_ATTRIBUTES.key]: { S: key } };
}

function claimOption(claim: string): string {
  return `--claim ${claim}=VALUE`;
}

function namesOf(limits: readonly RateLimit[]): string {
  return limits.map(({ name }) => name).join(", ");
}

function rowText({ name, server, allows, per, needs, used, remaining, resetSeconds }: CounterRow): string {
  const whose = per.length === 0 ? "all callers together" : `for each ${per.join(", ")}`;
  const state =
    needs === undefined
      ? `${used} used, ${remaining} left; more in ${resetSeconds} s`
      : `not known: give ${needs.map(claimOption).join(" ")}`;
  return `${terminalText(name)} (${terminalText(server)}): ${terminalText(allows)}, ${terminalText(whose)}\n  ${terminalText(state)}\n`;
}
