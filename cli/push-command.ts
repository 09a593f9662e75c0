// `config push`: shows the changes, prompts, and writes the files to SSM. Rejects invalid files, and changes that would lock out all callers.
import { jsonText } from "../functions/core/safe-text.ts";
import { readConfigSource, validateConfigSource } from "../infra/config-source.ts";
import { commandText } from "../infra/package-paths.ts";
import { type ChangePlan, changePlan, writeOrder } from "./change-plan.ts";
import { changesText, lockoutsText } from "./change-text.ts";
import {
  type Deployment,
  deploymentOf,
  firstPushText,
  readDeployed,
  writeDeployed,
} from "./deployed-config.ts";
import { planReport } from "./diff-command.ts";
import { agrees, type Command, type CommandOptions, checkPrompt, type Terminal } from "./terminal.ts";
import { validateCommand } from "./validate-command.ts";

export type Written = { name: string; version: number; overtaken: boolean };

/** Exit code 0 if everything was written or nothing had to change, 1 if the push was rejected or the prompt declined. */
export const pushCommand: Command = async (dir, options, terminal) => {
  const source = readConfigSource(dir);
  const deployment = deploymentOf(options);
  if (validateConfigSource(source, deployment.prefix).length > 0) {
    return validateCommand(dir, { ...options, prefix: deployment.prefix }, terminal);
  }
  checkPrompt(options, terminal);
  const deployed = await readDeployed(deployment);
  const plan = changePlan(deployment.adapted(source), deployed, options.server, deployment.prefix);
  if (!options.json) {
    showPlan(plan, deployment.prefix, terminal);
    terminal.out(await firstPushText(deployed, deployment));
  }

  const locksOut = plan.lockouts.length > 0 && !options.force;
  const changes = writeOrder(plan.changes, deployed, deployment.prefix);
  const agreed =
    !locksOut &&
    (changes.length === 0 || (await confirmWrite(changes.length, deployment, options, terminal)));
  const written = agreed ? await writeAll(changes, deployment) : [];
  if (options.json) {
    const report = { prefix: deployment.prefix, refused: locksOut, ...planReport(plan), written };
    terminal.out(`${jsonText(report, 2)}\n`);
  } else terminal.out(outcomeText(written, locksOut, agreed, deployment));
  return agreed ? 0 : 1;
};

/** Prints what would be written, and which servers it would lock callers out of. */
export function showPlan(plan: ChangePlan, prefix: string, terminal: Terminal): void {
  terminal.out(changesText(plan, prefix, terminal));
  terminal.out(lockoutsText(plan.lockouts, terminal));
}

/** Prompts for confirmation, unless `--yes` was given. */
export function confirmWrite(
  count: number,
  { prefix }: Deployment,
  options: CommandOptions,
  terminal: Terminal,
): Promise<boolean> {
  const what = count === 1 ? "this parameter" : `these ${count} parameters`;
  return agrees(`Write ${what} below ${prefix}?`, options, terminal);
}

/**
 * Writes parameters one after the other.
 *
 * @throws Error that names the parameters written before it; without a write if a parameter has changed since it was read
 */
export async function writeAll(changes: ChangePlan["changes"], deployment: Deployment): Promise<Written[]> {
  const written: Written[] = [];
  if (changes.length > 0) await checkVersions(changes, deployment);
  for (const { name, version, value } of changes) {
    if (value === undefined) continue;
    try {
      const newVersion = await writeDeployed(deployment, name, value, version !== undefined);
      written.push({ name, version: newVersion, overtaken: newVersion !== (version ?? 0) + 1 });
    } catch (cause) {
      const before =
        written.length === 0
          ? "no parameter was written"
          : `written before: ${written.map((each) => each.name).join(", ")}`;
      throw new Error(`${(cause as Error).message} (${before}). Push again.`, { cause });
    }
  }
  return written;
}

// Parameter Store has no conditional write. While the prompt waits, another operator may have blocked a caller.
async function checkVersions(changes: ChangePlan["changes"], deployment: Deployment): Promise<void> {
  const versions = new Map((await readDeployed(deployment)).map(({ name, version }) => [name, version]));
  const stale = changes.find(({ name, version }) => versions.get(name) !== version);
  if (stale === undefined) return;
  throw new Error(
    `${deployment.prefix}/${stale.name} was changed by another write since it was read. Nothing was written. Run the command again.`,
  );
}

export function outcomeText(
  written: readonly Written[],
  locksOut: boolean,
  agreed: boolean,
  { prefix }: Deployment,
): string {
  if (locksOut)
    return `\nNothing was written. Test with ${commandText("explain")}, then add --force to write anyway.\n`;
  if (!agreed) return "\nNothing was written.\n";
  if (written.length === 0) return "\nNothing to write.\n";
  const lines = written.map(({ name, version, overtaken }) => {
    const doubt = overtaken
      ? `  (another write happened in between: run ${commandText("config", "diff")} again)`
      : "";
    return `wrote  ${prefix}/${name}  version ${version}${doubt}\n`;
  });
  return `\n${lines.join("")}The functions use it within 75 seconds.\n`;
}
