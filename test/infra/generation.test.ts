import { describe, expect, it } from "vitest";
import { checkGenerations } from "../../infra/generation.ts";

describe("checkGenerations", () => {
  it.each([[["1"]], [["2", "1"]], [["2026a", "2025b"]]])("accepts %j", (generations) => {
    expect(checkGenerations(generations, "signingKeys")).toEqual(generations);
  });

  it.each([[[]], [["1", "1"]], [["A"]], [["1-2"]], [["x".repeat(17)]], [["1", ""]]])(
    "rejects %j with an example",
    (generations) => {
      expect(() => checkGenerations(generations, "signingKeys")).toThrow(
        /^signingKeys must be one or more different names .* For example: \["2", "1"\]$/,
      );
    },
  );
});
