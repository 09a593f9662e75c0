import { describe, expect, it } from "vitest";
import { checkStageName } from "../../infra/stage-lifetime.ts";

describe("checkStageName", () => {
  it.each(["dev", "prod", "team-a-2"])("accepts %s", (stage) => {
    expect(checkStageName(stage)).toBe(stage);
  });

  it.each(["", "Dev", "1st", "a_b", "a/b", "x".repeat(32)])(
    "rejects %j with a message about valid names",
    (stage) => {
      expect(() => checkStageName(stage)).toThrow(
        "The stage must be 1 to 31 lower-case letters, digits and hyphens, starting with a letter, but is ",
      );
    },
  );
});
