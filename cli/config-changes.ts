// Compares each configuration file with its deployed SSM parameter.
import type { Parameter } from "../functions/core/config-snapshot.ts";
import { readJson } from "../functions/core/json.ts";
import { jsonText } from "../functions/core/safe-text.ts";
import type { ConfigSource } from "../infra/config-source.ts";
import { type ParameterValue, parameterValue } from "../infra/parameter-value.ts";
import { type DiffLine, lineDiff } from "./line-diff.ts";
import { UsageError } from "./terminal.ts";

/** One parameter, before and after. */
export type ConfigChange = {
  /** relative to the prefix */
  name: string;
  /** `only_deployed`: a parameter without a file; a push does not change it */
  kind: "create" | "change" | "same" | "only_deployed";
  /** the deployed version; undefined if the parameter does not exist */
  version: number | undefined;
  /** the value to write; undefined if nothing changes */
  value: ParameterValue | undefined;
  lines: DiffLine[];
};

/**
 * Compares the files with the deployed parameters.
 *
 * @param server only this server's file
 * @throws UsageError if that server has no file
 */
export function configChanges(
  source: ConfigSource,
  deployed: readonly Parameter[],
  server?: string,
): ConfigChange[] {
  const files = [
    { name: "gateway", ...parameterValue(source.gateway) },
    ...source.servers.map((file) => ({ name: `servers/${file.name}`, ...parameterValue(file) })),
  ].filter(({ name }) => server === undefined || name === `servers/${server}`);
  if (files.length === 0)
    throw new UsageError(`--server ${server}: the file servers/${server}.json does not exist`);

  const changes = files.map(({ name, value, tier }) => {
    const current = deployed.find((parameter) => parameter.name === name);
    return changeOf(name, current, { value, tier });
  });
  if (server !== undefined) return changes;
  const named = new Set(files.map(({ name }) => name));
  const others = deployed.filter(({ name }) => !named.has(name));
  return [
    ...changes,
    ...others.map(({ name, version }) => ({
      name,
      kind: "only_deployed" as const,
      version,
      value: undefined,
      lines: [],
    })),
  ];
}

/** The parameters as they would be after a push. */
export function pushedParameters(
  deployed: readonly Parameter[],
  changes: readonly ConfigChange[],
): Parameter[] {
  const written = changes.flatMap(({ name, version, value }) =>
    value === undefined ? [] : [{ name, version: (version ?? 0) + 1, text: value.value }],
  );
  const names = new Set(written.map(({ name }) => name));
  return [...deployed.filter(({ name }) => !names.has(name)), ...written];
}

function changeOf(name: string, current: Parameter | undefined, value: ParameterValue): ConfigChange {
  const before = current === undefined ? "" : readable(current.text);
  const after = readable(value.value);
  if (current !== undefined && before === after) {
    return { name, kind: "same", version: current.version, value: undefined, lines: [] };
  }
  return {
    name,
    kind: current === undefined ? "create" : "change",
    version: current?.version,
    value,
    lines: lineDiff(before, after),
  };
}

function readable(text: string): string {
  const reading = readJson(text);
  return reading.ok ? jsonText(reading.value, 2) : text;
}
