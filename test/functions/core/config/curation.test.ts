import { describe, expect, it } from "vitest";
import { compileCuration } from "../../../../functions/core/config/curation.ts";

describe("compileCuration", () => {
  it("compiles nothing without a block", () => {
    expect(compileCuration({})).toBeUndefined();
  });
});
