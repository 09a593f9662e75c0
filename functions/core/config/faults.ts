// What is wrong with a configuration file, and where. A message is complete: what was expected, what came, what to
// do. It never holds a secret.
import { quote } from "../safe-text.ts";

/** One thing to mend in a configuration file. */
export type ConfigFault = {
  /** Where, as in `jwt_validation.claimValues.aud.values[0]`; empty for the whole file. */
  path: string;
  /** What was expected, what came instead and what to do. */
  message: string;
  /** Line in the file, counted from 1, where it is known better than by `path` (syntax, repeated keys). */
  line?: number;
};

/** A parsed configuration, or everything that is wrong with it. */
export type Parsed<Config> = { ok: true; config: Config } | { ok: false; faults: ConfigFault[] };

const PLAIN_KEY = /^[A-Za-z_$][\w$-]*$/;

/** Writes a path the way it is shown to people: `a.b[0]["https://x/y"]`. */
export function formatPath(keys: readonly (string | number)[]): string {
  return keys.map(formatKey).join("").replace(/^\./, "");
}

function formatKey(key: string | number): string {
  return PLAIN_KEY.test(String(key)) ? `.${key}` : `[${quote(key)}]`;
}
