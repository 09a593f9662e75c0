// Runs the section on decisions in a process whose standard output goes nowhere: the authorizer writes its log lines there.
import type { Section } from "../report.ts";
import type { Bundles } from "../services/bundles.ts";
import { decide } from "./deciding.ts";

process.once("message", (message) => {
  const { bundles, rounds } = message as { bundles: Bundles; rounds: number };
  void decide(bundles, rounds).then((sections: Section[]) => process.send?.(sections, () => process.exit(0)));
});
