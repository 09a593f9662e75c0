import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { limitsSchema } from "../../../../functions/core/config/limits.ts";

describe("limits", () => {
  it.each([
    ["max_body_bytes", "bytes", 1024, 6_291_456],
    ["max_json_depth", "levels", 4, 512],
    ["max_identity_bytes", "bytes", 256, 8192],
    ["sse_heartbeat_seconds", "seconds", 1, 60],
  ])("%s is a whole number of %s from %i to %i", (key, unit, least, most) => {
    const messages = (value: unknown) =>
      (v.safeParse(limitsSchema, { [key]: value }).issues ?? []).map((issue) => issue.message);
    const words = `expected a whole number of ${unit} from ${least} to ${most}, got the number`;
    expect([...messages(least), ...messages(most)]).toEqual([]);
    expect(messages(least - 1)).toEqual([`${words} ${least - 1}.`]);
    expect(messages(most + 1)).toEqual([`${words} ${most + 1}.`]);
    expect(messages(least + 0.5)).toEqual([`${words} ${least + 0.5}.`]);
  });
});
