// Colours for a TTY, unless NO_COLOR is set (https://no-color.org).
import { styleText } from "node:util";

/** The styles of the local run. */
export type Paint = {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
};

/** Decides once whether to colour. */
export function paintFor(isTty: boolean, environment: NodeJS.ProcessEnv): Paint {
  const coloured = isTty && !environment["NO_COLOR"] && environment["TERM"] !== "dumb";
  const style = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    coloured ? styleText(format, text, { validateStream: false }) : text;
  return { bold: style("bold"), dim: style("dim"), good: style("green"), bad: style("red") };
}
