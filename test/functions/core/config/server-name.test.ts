import { describe, expect, it } from "vitest";
import { isServerName } from "../../../../functions/core/config/server-name.ts";
import { DESCOPE, faults } from "../../../support/merged-config.ts";

describe("isServerName", () => {
  it.each(["a", "0", "a-b", "z9-0a", "a".repeat(63), "a-"])("accepts %s", (name) => {
    expect(isServerName(name)).toBe(true);
  });
  it.each(["", "-a", "A", "a_b", "a.b", "a/b", "a".repeat(64), "a\n", "ä"])("rejects %j", (name) => {
    expect(isServerName(name)).toBe(false);
  });
});

describe("serverNameFaults", () => {
  it("rejects an invalid name", () => {
    expect(faults({ descope: DESCOPE }, {}, "Tools")).toEqual([
      ': expected a server name of a-z, 0-9 and "-", at most 63 characters, got "Tools". Rename the file.',
    ]);
  });

  it.each(["health", "ping", "sping"])("rejects the name %s, which is a path of the gateway", (name) => {
    expect(faults({ descope: DESCOPE }, {}, name)).toEqual([
      `: the name "${name}" is reserved for a path of the gateway. Rename the file.`,
    ]);
  });
});
