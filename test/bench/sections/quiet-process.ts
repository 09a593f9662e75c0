// The child process of quiet.ts, whose standard output is discarded.
import { decision } from "./decision.ts";
import { growthOfDecisions } from "./growth-decisions.ts";
import { listFilter } from "./list-filter.ts";
import type { QuietTask } from "./quiet.ts";

process.once("message", ({ part, bundles, rounds }: QuietTask) => {
  const run = {
    decision: async () => [...(await decision(bundles, rounds)), await listFilter(rounds)],
    growth: () => growthOfDecisions(bundles, rounds),
  }[part];
  void run().then((found) => process.send?.(found, () => process.exit(0)));
});
