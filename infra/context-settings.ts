// Reads the deployment settings of a gateway, from a settings file that `-c name=value` overrides, and its configuration. docs/deployment.md
// lists the settings.
import { statSync } from "node:fs";
import { join } from "node:path";
import { readConfigSource, validateConfigSource } from "./config-source.ts";
import { exampleFaults, isUntouchedExample } from "./example-values.ts";
import type { GatewaySettings } from "./gateway-props.ts";
import { PACKAGE_ROOT } from "./package-paths.ts";
import { configPath } from "./settings/combinations.ts";
import {
  exampleHostFaults,
  namesRealHost,
  type ReadSettings,
  readSettings,
  type SettingsInput,
} from "./settings/read-settings.ts";

const EXAMPLE_CONFIG = join(PACKAGE_ROOT, "config");

/**
 * Reads all settings and the configuration.
 *
 * @throws Error that lists every error with its place, or the configuration that was not found
 */
export function contextSettings(input: SettingsInput): GatewaySettings {
  const read = readSettings(input);
  const { settings } = read;
  const configSource = settings.config === "external" ? undefined : readConfigSource(configDirOf(read));
  checkExamples(read, configSource);
  return { ...settings, configSource };
}

/** The configuration's directory. @throws Error with the place of the setting if it does not exist */
function configDirOf({ settings: { configDir }, place }: ReadSettings): string {
  if (configDir === undefined) return EXAMPLE_CONFIG;
  const found = statSync(configDir, { throwIfNoEntry: false });
  if (found?.isDirectory()) return configDir;
  const what = found === undefined ? "no such directory" : "not a directory";
  throw new Error(
    `${place("configDir")}: ${what}: ${configDir}. Give the directory that holds gateway.json and servers/; in a settings file the path is relative to that file.`,
  );
}

/** Accepts example values only if everything is an example: the repository's configuration, without a real host in the settings. */
function checkExamples(read: ReadSettings, source: GatewaySettings["configSource"]): void {
  const isExample = source !== undefined && isUntouchedExample(source) && !namesRealHost(read.settings);
  // Errors in the configuration have precedence: the stack reports them.
  const isFaulty = source !== undefined && validateConfigSource(source, configPath(read.settings)).length > 0;
  if (isExample || isFaulty) return;
  const faults = [...exampleHostFaults(read), ...(source === undefined ? [] : exampleFaults(source))];
  if (faults.length > 0) {
    throw new Error(
      ["The configuration contains example values, so nothing was synthesised:", ...faults].join("\n  "),
    );
  }
}
