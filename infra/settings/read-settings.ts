// Reads the deployment settings of one stage from a settings file and the CDK's context, and reports all errors at once: where, what was
// expected, what to do.
import { readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import * as v from "valibot";
import { type JsonLines, scanJson } from "../../functions/core/config/parse-config.ts";
import { quote, terminalText } from "../../functions/core/safe-text.ts";
import { exampleHostIn } from "../example-values.ts";
import { isCdkKey } from "./cdk-context.ts";
import { combinationFaults } from "./combinations.ts";
import { settingValue } from "./command-line.ts";
import { type SettingName, type Settings, settingsSchema } from "./schema.ts";

/** The sources of the settings. */
export type SettingsInput = {
  /** The whole CDK context: `-c`, cdk.json, and the CDK's own keys. */
  readonly context: Readonly<Record<string, unknown>>;
  /** Only the `context` of cdk.json, to tell the two apart. */
  readonly cdkJson?: Readonly<Record<string, unknown>>;
};

/** Checked settings, and the place of each for later error messages. */
export type ReadSettings = { readonly settings: Settings; place(name: SettingName): string };

/** Settings that contain a host of the deployment. */
const HOSTS: readonly SettingName[] = ["publicUrl", "domainName", "hostedZoneName", "allowedOrigins"];

type SettingsFile = { file: string; values: Record<string, unknown>; lines: JsonLines };

/**
 * Reads and checks all settings.
 *
 * @throws Error with one line per error
 */
export function readSettings({ context, cdkJson = {} }: SettingsInput): ReadSettings {
  const { settings: fileName, ...rest } = context;
  const own = Object.entries(rest).filter(([key]) => !isCdkKey(key));
  const fromCdkJson = new Set(own.filter(([key, value]) => isSame(cdkJson[key], value)).map(([key]) => key));
  const file = fileName === undefined ? undefined : readSettingsFile(fileName);
  const fromContext = new Set(own.map(([key]) => key));

  const place = (name: string): string => {
    if (fromCdkJson.has(name)) return `cdk.json: context.${name}`;
    if (fromContext.has(name) || file === undefined) return `-c ${name}`;
    return `${file.file}:${file.lines.get(name) ?? 1}: ${name}`;
  };
  if (file !== undefined && fromCdkJson.size > 0) {
    const moved = [...fromCdkJson].map(
      (name) => `${place(name)}: move this setting into ${file.file}: it would apply to every stage.`,
    );
    throw faultsError(moved);
  }
  const given: Record<string, unknown> = Object.assign(
    Object.create(null),
    file?.values,
    Object.fromEntries(own.map(([key, value]) => [key, settingValue(key, value)])),
  );
  const result = v.safeParse(settingsSchema, { ...given });
  const broken = new Map<string, string[]>();
  const report = (name: string, message: string) =>
    void broken.set(name, [...(broken.get(name) ?? []), message]);
  for (const { path, message } of result.issues ?? []) {
    const [name, ...inner] = (path ?? []).map(({ key }) => String(key));
    report(
      name ?? "",
      `${inner.map((key) => `[${/^\d+$/.test(key) ? key : quote(key)}] `).join("")}${message}`,
    );
  }
  // An invalid setting is reported once and counts as given: "needs vpcId" would be misleading if vpcId is misspelled.
  const unsound = new Set(broken.keys());
  const sound = Object.fromEntries(Object.entries(given).filter(([name]) => !unsound.has(name))) as Settings;
  for (const { setting, message } of combinationFaults(sound, (name) => Object.hasOwn(given, name))) {
    if (!unsound.has(setting)) report(setting, message);
  }
  if (broken.size > 0) {
    throw faultsError(
      [...broken].flatMap(([name, messages]) => messages.map((message) => `${place(name)}: ${message}`)),
    );
  }
  const settings = result.output as Settings;
  if (file !== undefined && settings.configDir !== undefined && !fromContext.has("configDir")) {
    return { settings: { ...settings, configDir: beside(file.file, settings.configDir) }, place };
  }
  return { settings, place };
}

/** Errors for settings with an example host. */
export function exampleHostFaults({ settings, place }: ReadSettings): string[] {
  return HOSTS.flatMap((name) =>
    [settings[name] ?? []].flat().flatMap((value) => {
      const host = exampleHostIn(String(value));
      return host === undefined
        ? []
        : [terminalText(`${place(name)}: ${host} is an example. Set your own host.`)];
    }),
  );
}

/** True if a setting names a host that is not an example. */
export function namesRealHost(settings: Settings): boolean {
  return HOSTS.some((name) =>
    [settings[name] ?? []].flat().some((value) => exampleHostIn(String(value)) === undefined),
  );
}

/** The error for invalid settings, one line each. */
function faultsError(faults: readonly string[]): Error {
  return new Error(
    [
      "The deployment settings are invalid, so nothing was synthesised (docs/deployment.md lists all settings):",
      ...faults.map((fault) => terminalText(fault)),
    ].join("\n  "),
  );
}

function readSettingsFile(name: unknown): SettingsFile {
  if (typeof name !== "string" || name === "") {
    throw faultsError([`-c settings: expected the path of a JSON file, got ${JSON.stringify(name)}.`]);
  }
  if (!statSync(name, { throwIfNoEntry: false })?.isFile()) {
    throw faultsError([`-c settings: no such file: ${name}. ${fileAdvice(name)}`]);
  }
  const text = readFileSync(name, "utf8");
  if (!/^\s*[{[]/.test(text) || text.startsWith("\uFEFF")) {
    const actual =
      text.trim() === "" ? "an empty file" : text.startsWith("\uFEFF") ? "a byte order mark" : "other text";
    throw faultsError([
      `${name}:1: not valid JSON: expected an object such as {"stage": "prod"}, got ${actual}. Save it as JSON in UTF-8.`,
    ]);
  }
  const { faults, lines } = scanJson(text);
  if (faults.length > 0) {
    throw faultsError(
      faults.map(
        ({ path, message, line }) => `${name}:${line ?? 1}: ${path === "" ? "" : `${path}: `}${message}`,
      ),
    );
  }
  const values: unknown = JSON.parse(text);
  if (typeof values !== "object" || values === null || Array.isArray(values)) {
    throw faultsError([`${name}:1: expected an object such as {"stage": "prod"}.`]);
  }
  return { file: name, values: values as Record<string, unknown>, lines };
}

function fileAdvice(name: string): string {
  if (statSync(name, { throwIfNoEntry: false })?.isDirectory())
    return "It is a directory: name the file in it.";
  const isNear = statSync(`${name}.json`, { throwIfNoEntry: false })?.isFile();
  return isNear
    ? `Did you mean ${name}.json?`
    : "Give the path of a JSON file with the settings of one stage.";
}

function beside(file: string, path: string): string {
  return isAbsolute(path) ? path : join(dirname(file), path);
}

function isSame(a: unknown, b: unknown): boolean {
  return a !== undefined && JSON.stringify(a) === JSON.stringify(b);
}
