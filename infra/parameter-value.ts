// The value of the SSM parameter for a configuration file, and its tier.
import {
  deployedText,
  MAX_PARAMETER_BYTES,
  STANDARD_PARAMETER_BYTES,
} from "../functions/core/config/parse-config.ts";
import type { ConfigFile } from "./config-source.ts";

/** A parameter's value and the SSM tier that it needs. */
export type ParameterValue = { readonly value: string; readonly tier: "Standard" | "Advanced" };

/**
 * The value that `cdk deploy`, `config push` and the local run write, and whose size is checked.
 *
 * @throws Error naming the file if the value exceeds 8 KB, the limit of a parameter
 */
export function parameterValue({ file, text }: ConfigFile): ParameterValue {
  const value = deployedText(text);
  const bytes = Buffer.byteLength(value);
  if (bytes > MAX_PARAMETER_BYTES) {
    throw new Error(
      `${file}: must fit into an SSM parameter of ${MAX_PARAMETER_BYTES} bytes, but is ${bytes} bytes without its white space. ` +
        "Shorten it, for example by moving rules that several servers share into gateway.json.",
    );
  }
  return { value, tier: bytes > STANDARD_PARAMETER_BYTES ? "Advanced" : "Standard" };
}
