import { describe, expect, it } from "vitest";
import { untilTime } from "../../../../functions/core/config/blocked-entries.ts";
import { parseGatewayConfig } from "../../../../functions/core/config/gateway-config.ts";
import { parseServerConfig } from "../../../../functions/core/config/server-config.ts";

const faults = (blocked: unknown) => {
  const parsed = parseGatewayConfig(JSON.stringify({ blocked }));
  return parsed.ok ? [] : parsed.faults.map(({ path, message }) => `${path}: ${message}`);
};

describe("blocked in the configuration", () => {
  it("is accepted in gateway.json and in a server file", () => {
    const blocked = [
      { claim: "sub", values: ["U2abc"], until: "2026-12-31", reason: "leaked token" },
      { claim: "tenants.T2abc.level", values: [3, true] },
    ];
    expect(faults(blocked)).toEqual([]);
    expect(parseServerConfig(JSON.stringify({ url: "https://tools.example.com/mcp", blocked })).ok).toBe(
      true,
    );
  });

  it.each<[string, unknown, string]>([
    ["no list", { claim: "sub" }, "blocked: expected a list of entries in square brackets, got an object."],
    [
      "values that are not a list",
      [{ claim: "sub", values: "U2" }],
      'blocked[0].values: expected a list of values in square brackets, got "U2". Write ["U2"].',
    ],
    [
      "no values",
      [{ claim: "sub", values: [] }],
      "blocked[0].values: expected at least one value, got an empty array. List the values, or remove the entry.",
    ],
    [
      "an empty value",
      [{ claim: "sub", values: ["U2", ""] }],
      "blocked[0].values[1]: expected a value, got an empty string: an empty claim is treated as absent and never matches.",
    ],
    [
      "a number that is not exact",
      [{ claim: "id", values: [2 ** 60] }],
      "blocked[0].values[0]: the number 1152921504606847000 loses digits when it is parsed. Write it in quotes.",
    ],
    [
      "an object as a value",
      [{ claim: "sub", values: [{}] }],
      "blocked[0].values[0]: expected a string, a number, a boolean, or a list of them, got an object.",
    ],
    [
      "an unknown key",
      [{ claim: "sub", values: ["U2"], untill: "2026-12-31" }],
      'blocked[0].untill: unknown key. Did you mean "until"?',
    ],
    [
      "a claim that clients choose",
      [{ claim: "nsec.x", values: ["U2"] }],
      'blocked[0].claim: "nsec.x": clients choose the values in "nsec", so it must not be used for access rules or identity. Use a claim that Descope sets, such as a custom claim or one from a JWT template.',
    ],
    [
      "a long reason",
      [{ claim: "sub", values: ["U2"], reason: "x".repeat(201) }],
      "blocked[0].reason: expected at most 200 characters, got 201.",
    ],
    [
      "no date",
      [{ claim: "sub", values: ["U2"], until: "tomorrow" }],
      'blocked[0].until: expected a date such as "2026-12-31" or a date-time with its offset such as "2026-12-31T18:00:00Z", got "tomorrow".',
    ],
  ])("is rejected with %s", (_, blocked, message) => {
    expect(faults(blocked)).toEqual([message]);
  });
});

describe("untilTime", () => {
  it.each([
    ["2026-12-31", "2027-01-01T00:00:00.000Z"],
    ["2028-02-29", "2028-03-01T00:00:00.000Z"],
    ["2026-12-31T18:00Z", "2026-12-31T18:00:00.000Z"],
    ["2026-12-31T18:00:00.5+05:30", "2026-12-31T12:30:00.500Z"],
  ])("reads %s as %s", (text, end) => {
    expect(new Date(untilTime(text) as number).toISOString()).toBe(end);
  });

  it.each([
    "",
    "2026-02-30",
    "2026-13-01",
    "2026-1-1",
    "2026-12-31T18:00",
    "2026-02-30T10:00Z",
    "2026-12-31T25:00Z",
    "31.12.2026",
    "2026-12-31 18:00Z",
  ])("rejects %j", (text) => {
    expect(untilTime(text)).toBeUndefined();
  });
});
