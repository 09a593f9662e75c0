// `config block`, `unblock` and `blocked`: the kill switch. They write to SSM first, with the preview of a push, and then edit the local
// file, so that the next push or deployment keeps the change.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { untilTime } from "../functions/core/config/blocked-entries.ts";
import type { ConfigFault } from "../functions/core/config/faults.ts";
import { parseGatewayConfig } from "../functions/core/config/gateway-config.ts";
import { deployedText } from "../functions/core/config/parse-config.ts";
import { parseServerConfig } from "../functions/core/config/server-config.ts";
import type { Parameter } from "../functions/core/config-snapshot.ts";
import { jsonText, terminalText } from "../functions/core/safe-text.ts";
import type { ConfigSource } from "../infra/config-source.ts";
import { commandText } from "../infra/package-paths.ts";
import {
  blockValues,
  unblockValues,
  type WrittenEntry,
  withEntries,
  writtenEntries,
} from "./blocked-text.ts";
import { changePlan } from "./change-plan.ts";
import { type Deployment, defaultConfigDir, deploymentOf, readExisting } from "./deployed-config.ts";
import { planReport } from "./diff-command.ts";
import { confirmWrite, outcomeText, showPlan, writeAll } from "./push-command.ts";
import { type CommandOptions, checkPrompt, type Terminal, UsageError } from "./terminal.ts";

/** Claim and value, as in `sub=U2abc`. */
type Named = { claim: string; value: string };

/**
 * Runs `block` or `unblock`.
 *
 * @param names CLAIM=VALUE arguments and an optional directory
 * @returns 0 if the change was written or nothing had to change, 1 if the prompt was declined
 */
export async function blockCommand(
  name: "block" | "unblock",
  names: readonly string[],
  options: CommandOptions,
  terminal: Terminal,
): Promise<number> {
  const { named, dir } = readNames(name, names, options);
  checkEnd(options);
  checkPrompt(options, terminal);
  const deployment = deploymentOf(options);
  const deployed = await readExisting(deployment);
  const parameter = deployedParameter(deployed, deployment, options.server);
  const change = changeOf(name, named, options);
  const before = writtenEntries(parameter.text);
  const after = change(before);
  if (name === "unblock" && isDeepStrictEqual(before, after)) {
    throw new Error(
      `no entry of ${parameter.name} has these values. List them with: ${commandText("config", `blocked ${options.local ? "--local" : `--prefix ${deployment.prefix}`}`)}`,
    );
  }
  const file = fileAt(dir, options.server);
  const edited = editedFile(file, parameter, after, deployment, options.server);
  // The same bytes that a push of the file would write, so that a later push finds no difference.
  const text =
    edited === undefined
      ? withEntries(parameter.text, after)
      : adaptedText(edited, deployment, options.server);
  rejectFaults(text, options.server);

  const plan = changePlan(
    sourceOf(text, deployed, options.server),
    deployed,
    options.server,
    deployment.prefix,
  );
  const changes = plan.changes.filter(({ kind }) => kind !== "only_deployed");
  const shown = { changes, lockouts: [] };
  if (!options.json) showPlan(shown, deployment.prefix, terminal);
  const writes = changes.filter(({ value }) => value !== undefined);
  const agreed = writes.length === 0 || (await confirmWrite(writes.length, deployment, options, terminal));
  const written = agreed ? await writeAll(writes, deployment) : [];
  const isEdited = agreed && edited !== undefined;
  if (isEdited) writeFileSync(file, edited);
  if (options.json) {
    const { changes: reported } = planReport(shown);
    const { prefix } = deployment;
    const report = { prefix, changes: reported, written, file: isEdited ? file : undefined };
    terminal.out(`${jsonText(report, 2)}\n`);
  } else {
    terminal.out(outcomeText(written, false, agreed, deployment));
    if (agreed) terminal.out(fileText(file, isEdited));
    if (agreed && name === "unblock")
      terminal.out(options.local ? LOCAL_DENIALS : cachedDenialsText(deployment));
  }
  return agreed ? 0 : 1;
}

/** Runs `blocked`: lists the deployed entries, including expired ones. */
export async function blockedCommand(
  options: CommandOptions,
  terminal: Terminal,
  now = new Date(),
): Promise<number> {
  const deployed = await readExisting(deploymentOf(options));
  const chosen = deployed.filter(
    ({ name }) => options.server === undefined || name === `servers/${options.server}`,
  );
  const entries = chosen.flatMap(({ name, text }) =>
    writtenEntries(text).map((entry) => ({
      parameter: name,
      ...entry,
      ended: entry.until !== undefined && Number(untilTime(entry.until)) <= now.getTime(),
    })),
  );
  if (options.json) terminal.out(`${jsonText({ blocked: entries }, 2)}\n`);
  else if (entries.length === 0) terminal.out("No callers are blocked.\n");
  else {
    for (const { parameter, claim, values, until, reason, ended } of entries) {
      const time = until === undefined ? "no end date" : `${ended ? "ended" : "until"} ${until}`;
      const what = `${claim} = ${values.join(", ")}`;
      const line = [parameter, what, time, ...(reason === undefined ? [] : [reason])].map((each) =>
        terminalText(each),
      );
      terminal.out(`${terminal.style(ended ? "dim" : "red", line.join("  "))}\n`);
    }
  }
  return 0;
}

function readNames(
  name: string,
  names: readonly string[],
  options: CommandOptions,
): { named: Named[]; dir: string } {
  const pairs = names.filter((each) => each.includes("="));
  const [dir, ...others] = names.filter((each) => !each.includes("="));
  if (pairs.length === 0) throw new UsageError(`${name} takes CLAIM=VALUE, such as sub=U2abc`);
  if (others.length > 0) throw new UsageError(`expected at most one DIR, but also got: ${others.join(" ")}`);
  const named = pairs.map((pair) => {
    const at = pair.indexOf("=");
    return { claim: pair.slice(0, at), value: pair.slice(at + 1) };
  });
  return { named, dir: dir ?? defaultConfigDir(options) };
}

/** @throws UsageError if the entry would have ended already. An invalid time is reported with the changed parameter. */
function checkEnd({ until }: CommandOptions): void {
  const end = until === undefined ? undefined : untilTime(until);
  if (end !== undefined && end <= Date.now())
    throw new UsageError(`--until ${until} has passed: the entry would deny no caller`);
}

type Change = (entries: readonly WrittenEntry[]) => WrittenEntry[];

function changeOf(
  name: "block" | "unblock",
  named: readonly Named[],
  { until, reason }: CommandOptions,
): Change {
  const byClaim = Map.groupBy(named, ({ claim }) => claim);
  return (entries) => {
    let changed = [...entries];
    for (const [claim, pairs] of byClaim) {
      const entry = {
        claim,
        values: pairs.map(({ value }) => value),
        ...(until && { until }),
        ...(reason && { reason }),
      };
      changed = name === "block" ? blockValues(changed, entry) : unblockValues(changed, entry);
    }
    return changed;
  };
}

function deployedParameter(
  deployed: readonly Parameter[],
  { prefix }: Deployment,
  server?: string,
): Parameter {
  const name = server === undefined ? "gateway" : `servers/${server}`;
  const found = deployed.find((parameter) => parameter.name === name);
  if (found === undefined)
    throw new Error(`${prefix}/${name} does not exist, so it has no list of blocked callers`);
  return found;
}

/** The changed parameter as the source of a push. */
function sourceOf(text: string, deployed: readonly Parameter[], server?: string): ConfigSource {
  if (server === undefined) return { gateway: { file: "gateway.json", text }, servers: [] };
  const gateway = deployed.find(({ name }) => name === "gateway")?.text ?? "{}";
  return {
    gateway: { file: "gateway.json", text: gateway },
    servers: [{ name: server, file: `servers/${server}.json`, text }],
  };
}

function rejectFaults(text: string, server?: string): void {
  const parsed = server === undefined ? parseGatewayConfig(text) : parseServerConfig(text);
  if (parsed.ok) return;
  const own = parsed.faults.filter(({ path }) => path.startsWith("blocked"));
  if (own.length > 0) throw new UsageError(own.map(({ message }) => message).join("\n"));
  throw new Error(`the deployed parameter is invalid, push a valid one first: ${firstOf(parsed.faults)}`);
}

function firstOf([fault]: readonly ConfigFault[]): string {
  return `${fault?.path}: ${fault?.message}`;
}

function fileAt(dir: string, server: string | undefined): string {
  return server === undefined ? join(dir, "gateway.json") : join(dir, "servers", `${server}.json`);
}

/** The file with its new entries; undefined if it differs from the deployed configuration and may be another gateway's. */
function editedFile(
  file: string,
  { text: deployed }: Parameter,
  entries: readonly WrittenEntry[],
  deployment: Deployment,
  server: string | undefined,
): string | undefined {
  if (!existsSync(file)) return undefined;
  const written = readFileSync(file, "utf8");
  const isDeployed = withoutEntries(adaptedText(written, deployment, server)) === withoutEntries(deployed);
  return isDeployed ? withEntries(written, entries) : undefined;
}

function adaptedText(text: string, { adapted }: Deployment, server: string | undefined): string {
  const { gateway, servers } = adapted(sourceOf(text, [], server));
  return (servers[0] ?? gateway).text;
}

function withoutEntries(text: string): string | undefined {
  try {
    return deployedText(withEntries(text, []));
  } catch {
    return undefined;
  }
}

function fileText(file: string, edited: boolean): string {
  return edited
    ? `edited ${file}\n`
    : `${file} differs from the deployed configuration and was not changed. Add the entry to this gateway's file, or the next push or deployment reverts it.\n`;
}

const LOCAL_DENIALS =
  "The local gateway caches denials for the authorizer cache TTL (300 s by default). To clear the cache now, restart it.\n";

/** @param deployment its prefix ends with the stage */
function cachedDenialsText({ prefix }: Deployment): string {
  const command = `aws apigateway flush-stage-authorizers-cache --rest-api-id ID --stage-name ${prefix.split("/").at(-1)}`;
  return `API Gateway caches denials for the authorizer cache TTL (300 s by default). To clear the cache now: ${command}\n`;
}
