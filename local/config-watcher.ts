// Applies edits of the configuration files to the local Parameter Store while the gateway runs. An invalid edit is reported once, if it is
// still there at the next poll: an editor may not have written the whole file. The last valid version stays in effect.
import {
  type ConfigSource,
  faultLine,
  readConfigSource,
  validateConfigSource,
} from "../infra/config-source.ts";
import { parameterValue } from "../infra/parameter-value.ts";
import type { ParameterStore } from "./ssm/parameter-store.ts";

/** A parameter that was written or, without a version, deleted. */
export type ConfigChange = { readonly name: string; readonly version: number | undefined };

/** An event of the watcher. */
export type ConfigEvent =
  | { readonly kind: "applied"; readonly changes: readonly ConfigChange[] }
  | { readonly kind: "rejected"; readonly problems: readonly string[] };

export type WatchOptions = {
  readonly configDir: string;
  /** `/mcp-gateway/<stage>` */
  readonly prefix: string;
  readonly parameters: ParameterStore;
  /** Applied to the files after validation. */
  readonly overlay: (source: ConfigSource) => ConfigSource;
  readonly onEvent: (event: ConfigEvent) => void;
  readonly intervalMs?: number;
};

// Polling a few small files is simpler than file system events, which differ between platforms.
const INTERVAL_MS = 500;

/** Watches until `stop`; `check` polls at once. A valid edit is applied at the first poll, an invalid one is reported at the second. */
export function watchConfig(options: WatchOptions): { check(): void; stop(): void } {
  let seen = JSON.stringify(readQuietly(options.configDir));
  let perhapsUnfinished: string | undefined;
  const check = () => {
    const source = readQuietly(options.configDir);
    const now = JSON.stringify(source);
    if (now === seen) return;
    const problems =
      typeof source === "string" ? [source] : validateConfigSource(source, options.prefix).map(faultLine);
    if (problems.length > 0 && now !== perhapsUnfinished) {
      perhapsUnfinished = now;
      return;
    }
    seen = now;
    if (typeof source === "string" || problems.length > 0) options.onEvent({ kind: "rejected", problems });
    else apply(options, options.overlay(source));
  };
  const timer = setInterval(check, options.intervalMs ?? INTERVAL_MS);
  return { check, stop: () => clearInterval(timer) };
}

function readQuietly(configDir: string): ConfigSource | string {
  try {
    return readConfigSource(configDir);
  } catch (error) {
    return (error as Error).message;
  }
}

function apply({ prefix, parameters, onEvent }: WatchOptions, source: ConfigSource): void {
  const wanted = new Map<string, string>();
  try {
    wanted.set(`${prefix}/gateway`, parameterValue(source.gateway).value);
    for (const server of source.servers) {
      wanted.set(`${prefix}/servers/${server.name}`, parameterValue(server).value);
    }
  } catch (error) {
    onEvent({ kind: "rejected", problems: [(error as Error).message] });
    return;
  }
  const changes: ConfigChange[] = [];
  for (const [name, value] of wanted) {
    if (parameters.get(name)?.Value === value) continue;
    changes.push({ name, version: parameters.put(name, value).Version });
  }
  for (const { Name } of parameters.below(`${prefix}/servers`, false)) {
    if (wanted.has(Name)) continue;
    parameters.delete(Name);
    changes.push({ name: Name, version: undefined });
  }
  if (changes.length > 0) onEvent({ kind: "applied", changes });
}
