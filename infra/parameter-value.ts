// The deployed form of a configuration file: what is written into its SSM parameter, and in which tier.
import type { ConfigFile } from "./config-source.ts";

/** Size limits of SSM parameter values in bytes. */
const STANDARD_BYTES = 4096;
const ADVANCED_BYTES = 8192;

/** A parameter's value and the SSM tier that it needs. */
export type ParameterValue = { readonly value: string; readonly tier: "Standard" | "Advanced" };

/**
 * Compacts the JSON of a configuration file for its parameter.
 *
 * @throws Error naming the file when it is above 8 KB, which no parameter can hold.
 */
export function parameterValue({ file, text }: ConfigFile): ParameterValue {
  // SSM refuses values with double brackets ({{ssm:/name}} among them), so they are written as JSON escapes.
  const value = JSON.stringify(JSON.parse(text)).replaceAll("{{", "\\u007b\\u007b");
  const bytes = Buffer.byteLength(value);
  if (bytes > ADVANCED_BYTES) {
    throw new Error(
      `${file}: must fit into an SSM parameter of ${ADVANCED_BYTES} bytes, but is ${bytes} bytes without its white space. ` +
        "Shorten it, for example by moving rules that several servers share into gateway.json.",
    );
  }
  return { value, tier: bytes > STANDARD_BYTES ? "Advanced" : "Standard" };
}
