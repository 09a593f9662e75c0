import { describe, expect, it } from "vitest";
import { formatPath } from "../../../../functions/core/config/faults.ts";

describe("formatPath", () => {
  it.each<[readonly (string | number)[], string]>([
    [[], ""],
    [["a"], "a"],
    [["a", "b", 0, "c"], "a.b[0].c"],
    [["claimValues", "https://x/y", "values"], 'claimValues["https://x/y"].values'],
    [["a.b"], '["a.b"]'],
    [["", "x"], '[""].x'],
    [["a\u001b"], '["a\\u001b"]'],
    [["$schema"], "$schema"],
    [["_a", "Z9", "a$b", "x_y-z"], "_a.Z9.a$b.x_y-z"],
    [["1a"], '["1a"]'],
    [["-a"], '["-a"]'],
    [["a b"], '["a b"]'],
    [["a", "b", ".c"], 'a.b[".c"]'],
    [[12, 0], "[12][0]"],
  ])("%j is %s", (keys, path) => {
    expect(formatPath(keys)).toBe(path);
  });
});
