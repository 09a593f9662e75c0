// The process of a part that must not be heard: see quiet.ts.
import { decide, decideOnOneCore } from "./deciding.ts";
import { growthOfDecisions } from "./growth-decisions.ts";
import type { QuietTask } from "./quiet.ts";

const PARTS = { deciding: decide, decidingOnOneCore: decideOnOneCore, growth: growthOfDecisions };

process.once("message", ({ part, bundles, rounds }: QuietTask) => {
  void PARTS[part](bundles, rounds).then((found) => process.send?.(found, () => process.exit(0)));
});
