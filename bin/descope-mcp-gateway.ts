#!/usr/bin/env node
// `npx descope-mcp-gateway COMMAND`: every command of the package, loaded on demand.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { meantText } from "../cli/terminal.ts";
import { terminalText } from "../functions/core/safe-text.ts";
import { PACKAGE_ROOT } from "../infra/package-paths.ts";
import { missingLocalPackages } from "../local/local-packages.ts";

type CommandModule = { main(args: readonly string[]): Promise<void> };

const COMMANDS: Readonly<Record<string, () => Promise<CommandModule>>> = {
  init: () => import("../cli/init.ts"),
  config: () => import("../cli/config.ts"),
  explain: () => import("../cli/explain.ts"),
  "verify-deployment": () => import("../cli/verify-deployment.ts"),
  cost: () => import("../cli/cost.ts"),
  local: () => import("../local/main.ts"),
  token: () => import("../local/sign-in/token-command.ts"),
};

const USAGE = `Usage: descope-mcp-gateway COMMAND [options]

  init DIR            write a small CDK app with a gateway
  config COMMAND      validate, check, expand, diff, push and pin the configuration files; block and unblock callers
  explain             say why a token is allowed or denied at a server
  verify-deployment   check what only a live deployment can show
  cost                estimate the monthly cost
  local               run the gateway on this machine
  token               print a token of the local sign-in server

  COMMAND --help      the options of a command
  --version           the version of this package
`;

async function load(name: string): Promise<CommandModule> {
  try {
    return await (COMMANDS[name] as () => Promise<CommandModule>)();
  } catch (error) {
    throw missingLocalPackages(error) ?? error;
  }
}

/** Runs a command. Exit code 2 if the command is unknown. */
async function main([name = "", ...args]: readonly string[]): Promise<void> {
  if (name === "--version") {
    const { version } = JSON.parse(readFileSync(join(PACKAGE_ROOT, "package.json"), "utf8"));
    process.stdout.write(`${version}\n`);
  } else if (Object.hasOwn(COMMANDS, name)) {
    await (await load(name)).main(args);
  } else if (name === "" || name === "help" || name === "--help" || name === "-h") {
    process.stdout.write(USAGE);
  } else {
    const error = `unknown command: ${terminalText(name)}${meantText(name, Object.keys(COMMANDS))}`;
    process.stderr.write(`error: ${error}\nTo list the commands: npx descope-mcp-gateway --help\n`);
    process.exitCode = 2;
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 2;
}
