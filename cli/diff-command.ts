// `config diff`: shows what `config push` would write and which callers it would lock out. Read-only.
import { jsonText } from "../functions/core/safe-text.ts";
import { readConfigSource, validateConfigSource } from "../infra/config-source.ts";
import { type ChangePlan, changePlan } from "./change-plan.ts";
import { changesText, lockoutsText } from "./change-text.ts";
import { deploymentOf, firstPushText, readDeployed } from "./deployed-config.ts";
import type { Command } from "./terminal.ts";
import { validateCommand } from "./validate-command.ts";

/** Exit code 0 with or without differences, 1 if a push would be rejected. */
export const diffCommand: Command = async (dir, options, terminal) => {
  const source = readConfigSource(dir);
  const deployment = deploymentOf(options);
  const { prefix } = deployment;
  if (validateConfigSource(source, prefix).length > 0) {
    return validateCommand(dir, { ...options, prefix }, terminal);
  }
  const deployed = await readDeployed(deployment);
  const plan = changePlan(deployment.adapted(source), deployed, options.server, prefix);
  if (options.json) terminal.out(`${jsonText({ prefix, ...planReport(plan) }, 2)}\n`);
  else {
    terminal.out(changesText(plan, prefix, terminal));
    terminal.out(lockoutsText(plan.lockouts, terminal));
    terminal.out(await firstPushText(deployed, deployment));
  }
  return plan.lockouts.length === 0 ? 0 : 1;
};

/** A plan as `--json` prints it. */
export function planReport({ changes, lockouts }: ChangePlan) {
  return {
    changes: changes.map(({ name, kind, version, value, lines }) => ({
      name,
      kind,
      version,
      tier: value?.tier,
      diff: lines.map(({ sign, text }) => (sign === "gap" ? text : `${sign}${text}`)),
    })),
    lockouts,
  };
}
