// `npm run explain -- --server S`: explains why the authorizer allows or denies a token at a server.
// Exit codes: 0 allowed, 1 denied, 2 usage error or invalid configuration.
import { text as readStream } from "node:stream/consumers";
import { SSMClient } from "@aws-sdk/client-ssm";
import type { TokenVerifiers } from "../functions/authorizer/decide.ts";
import { COMBINED } from "../functions/core/config/combined-endpoint.ts";
import type { EffectiveServer } from "../functions/core/config/effective-server.ts";
import type { ConfigSnapshot } from "../functions/core/config-snapshot.ts";
import type { Principal } from "../functions/core/principal.ts";
import { jsonText } from "../functions/core/safe-text.ts";
import { createIntrospection } from "../functions/platform/introspection.ts";
import { createJwksCache } from "../functions/platform/jwks.ts";
import type { Log } from "../functions/platform/log.ts";
import { createSecretReader } from "../functions/platform/parameter-store.ts";
import { createKeyResolver } from "../functions/platform/resolve-key.ts";
import { createSecretStore } from "../functions/platform/secret-store.ts";
import { commandText } from "../infra/package-paths.ts";
import { type Deployment, deploymentOf } from "./deployed-config.ts";
import { type ExplainedAccess, explainName, explainRules } from "./explain-access.ts";
import { explainCombinedName, explainMembers } from "./explain-combined.ts";
import { explainLimits } from "./explain-limits.ts";
import { explanationText } from "./explain-text.ts";
import { explainToken, tokenHeaders } from "./explain-token.ts";
import { runLimits } from "./limits-command.ts";
import { sentCredential } from "./sent-credential.ts";
import { sentIdentity } from "./sent-identity.ts";
import { snapshotOfDeployment, snapshotOfDirectory } from "./snapshot-source.ts";
import {
  bareToken,
  processTerminal,
  readArgs,
  readInputFile,
  runGuarded,
  type Terminal,
  UsageError,
} from "./terminal.ts";

const USAGE = `Usage: ${commandText("explain", "--server S [--token-file F | --token T] [--config DIR | --prefix P | --local [--port N]]")}
       [--tool NAME | --prompt NAME | --resource URI]... [--public-url U] [--json]
       ${commandText("explain", "limits --help")}

  --server S       the server's name, or /mcp for the combined endpoint
  --token-file F   the file with the access token; without --token-file and --token, standard input is read
  --token T        the access token itself, which other users of this machine can see
  --tool NAME      explain access to this tool; without --tool, --prompt and --resource, all rules are shown
  --prompt NAME    explain access to this prompt
  --resource URI   explain access to this resource
  --config DIR     the configuration's directory (default "config")
  --prefix P       use the configuration in SSM instead, such as /mcp-gateway/prod
  --local          use the configuration of the gateway that ${commandText("local")} runs
  --port N         with --local: the gateway on port N, if several run
  --public-url U   the gateway's URL, if gateway.json has no public_url
  --json           print JSON

The token is sent only to the configured introspection endpoint, if there is one.
Exit codes: 0 the token (and each named tool, prompt and resource) is allowed, 1 denied, 2 usage error or invalid configuration.
`;

const OPTIONS = {
  server: { type: "string" },
  token: { type: "string" },
  "token-file": { type: "string" },
  tool: { type: "string", multiple: true },
  prompt: { type: "string", multiple: true },
  resource: { type: "string", multiple: true },
  config: { type: "string" },
  prefix: { type: "string" },
  local: { type: "boolean" },
  port: { type: "string" },
  "public-url": { type: "string" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

/**
 * Runs the command.
 *
 * @param args without the program's name
 * @param stdin read if no token is given by an option
 * @returns the exit code
 */
export function runExplain(
  args: readonly string[],
  unguarded: Terminal,
  stdin: NodeJS.ReadableStream,
): Promise<number> {
  if (args[0] === "limits") return runLimits(args.slice(1), unguarded);
  return runGuarded(unguarded, commandText("explain", "--help"), async (terminal) => {
    const { values } = readArgs({ args: [...args], options: OPTIONS });
    if (values.help) {
      terminal.out(USAGE);
      return 0;
    }
    if (values.server === undefined) throw new UsageError("--server is missing");
    const token = await readToken(values, stdin, terminal);
    const deployment =
      values.prefix !== undefined || values.local || values.port !== undefined
        ? deploymentOf(values)
        : undefined;
    const config = await readSnapshot(values.config, deployment, values["public-url"]);
    const verifiers = dependenciesOf(deployment);
    const now = new Date();
    // In a shell of Windows, an argument that begins with a slash is changed into a path.
    const name = values.server === "mcp" && config.combined !== undefined ? COMBINED : values.server;
    const explanation = await explainToken(token, name, config, verifiers, now);
    const server = config.servers.get(name);
    const { principal } = explanation;
    const isCallerKnown = principal !== undefined && server !== undefined;
    const rules = name === COMBINED && principal ? config.combined?.endpoint.tokenRules : undefined;
    const members =
      rules && (await explainMembers(tokenHeaders(token, rules.headerKey), config, verifiers, now));
    const credential = isCallerKnown ? sentCredential(server, principal) : undefined;
    const access = members
      ? namesOf(values, (kind, each) => explainCombinedName(kind, each, config, members))
      : isCallerKnown
        ? accessRows(values, server, principal)
        : [];
    const report = {
      ...explanation,
      identity: isCallerKnown ? sentIdentity(server, principal, config.gateway.public_url ?? "") : undefined,
      ...(credential && { credential }),
      ...(members && { members: members.rows }),
      access,
      rulesMode: server?.rulesMode,
      limits: isCallerKnown ? explainLimits(server.rateLimits, principal) : [],
    };
    const isNamed = [values.tool, values.prompt, values.resource].some((names) => names !== undefined);
    terminal.out(values.json ? `${jsonText(report, 2)}\n` : explanationText(report, terminal, isNamed));
    const isLogOnly = server?.rulesMode === "log_only";
    const isDenied =
      isNamed &&
      access.some(({ result, setting }) => result === "denied" && (!isLogOnly || setting !== undefined));
    return explanation.status === 200 && !isDenied ? 0 : 1;
  });
}

type Named = Readonly<Partial<Record<"tool" | "prompt" | "resource", readonly string[]>>>;

function namesOf(
  named: Named,
  explain: (kind: keyof Named, name: string) => ExplainedAccess,
): ExplainedAccess[] {
  return (["tool", "prompt", "resource"] as const).flatMap((kind) =>
    (named[kind] ?? []).map((name) => explain(kind, name)),
  );
}

/** The named tools, prompts and resources, or all rules if none is named. */
function accessRows(named: Named, server: EffectiveServer, principal: Principal): ExplainedAccess[] {
  const rows = namesOf(named, (kind, name) => explainName(kind, name, server, principal));
  return rows.length > 0 ? rows : explainRules(server, principal);
}

async function readSnapshot(
  dir: string | undefined,
  deployment: Deployment | undefined,
  publicUrl: string | undefined,
): Promise<ConfigSnapshot> {
  if (deployment === undefined) return snapshotOfDirectory(dir ?? "config", publicUrl);
  if (dir !== undefined) throw new UsageError("give either --config, or --prefix or --local");
  return snapshotOfDeployment(deployment, publicUrl);
}

async function readToken(
  { token, "token-file": file }: { token?: string | undefined; "token-file"?: string | undefined },
  stdin: NodeJS.ReadableStream & { isTTY?: boolean },
  terminal: Terminal,
): Promise<string> {
  if (token !== undefined && file !== undefined) throw new UsageError("give either --token or --token-file");
  if (token === undefined && file === undefined && stdin.isTTY)
    terminal.err("Paste the access token, then press Enter and Ctrl+D.\n");
  const text = token ?? (file === undefined ? await readStream(stdin) : readInputFile(file));
  const bare = bareToken(text);
  if (bare === "") throw new UsageError("no token given");
  return bare;
}

function dependenciesOf(deployment: Deployment | undefined): TokenVerifiers {
  const silent = () => {};
  const log: Log = { info: silent, warn: silent, error: silent };
  return {
    resolveKey: createKeyResolver(createJwksCache(log)),
    introspect: createIntrospection(
      createSecretStore(createSecretReader(deployment?.client ?? new SSMClient({}))),
    ),
  };
}

export async function main(args: readonly string[]): Promise<void> {
  process.exitCode = await runExplain([...args], processTerminal(), process.stdin);
}

if (import.meta.main) await main(process.argv.slice(2));
