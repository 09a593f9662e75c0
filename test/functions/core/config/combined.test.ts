import { describe, expect, it } from "vitest";
import { parseGatewayConfig } from "../../../../functions/core/config/gateway-config.ts";
import { gatewayFaults, jwtBlock } from "../../../support/config-blocks.ts";

const DESCOPE = { project_id: "P2abc", mcp_server_id: "MS2abc" };
const faults = (combined: unknown) => gatewayFaults({ descope: DESCOPE, combined });
const CLEAR = 'Use a separator that begins with "_", "." or a capital letter.';

describe("combined", () => {
  it("separates names by __ and omits unavailable members by default", () => {
    const parsed = parseGatewayConfig(JSON.stringify({ descope: DESCOPE, combined: { servers: "all" } }));
    expect(parsed).toMatchObject({
      config: { combined: { servers: "all", separator: "__", on_unavailable: "omit" } },
    });
  });

  it.each<[unknown]>([
    [{ servers: "all" }],
    [{ servers: "all", separator: ".", on_unavailable: "omit" }],
    [{ servers: "all", separator: "To-1" }],
    [{ servers: ["notes"], separator: "" }],
    [{ servers: ["notes", "reports"], separator: "-" }],
    [{ servers: ["notes", "notes2"], separator: "-" }],
  ])("is accepted as %j", (combined) => {
    expect(faults(combined)).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    [
      "another word than all",
      { servers: "every" },
      'servers: expected "all" or a list of server names in square brackets, got "every". Write ["every"].',
    ],
    [
      "an empty list",
      { servers: [] },
      'servers: expected "all" or at least one server name, got an empty array. Without members, remove "combined".',
    ],
    ["a server twice", { servers: ["a", "b", "a"] }, 'servers[2]: "a" is listed twice. Remove one.'],
    [
      "another value than a name",
      { servers: ["a", 5] },
      "servers[1]: expected a server name, got the number 5.",
    ],
    [
      "a separator with a space",
      { servers: "all", separator: "a b" },
      'separator: expected at most 8 letters, digits, "_", "." or "-", such as "__", got "a b".',
    ],
    [
      "a separator of nine characters",
      { servers: ["a"], separator: "_________" },
      'separator: expected at most 8 letters, digits, "_", "." or "-", such as "__", got "_________".',
    ],
    [
      "no separator for two servers",
      { servers: ["a", "b"], separator: "" },
      'separator: "" adds no prefix to names, so it needs a list of exactly one server. Remove "separator", or list one server.',
    ],
    [
      "no separator for all servers",
      { servers: "all", separator: "" },
      'separator: "" adds no prefix to names, so it needs a list of exactly one server. Remove "separator", or list one server.',
    ],
    [
      "a separator for all servers that their names can contain",
      { servers: "all", separator: "-_" },
      'separator: with "servers": "all", expected a separator that begins with "_", "." or a capital letter, got "-_": server names can contain its first character, so that a name could mean two servers.',
    ],
    [
      "a name that begins with another and the separator",
      { servers: ["notes-old", "notes"], separator: "-" },
      `separator: makes names ambiguous: those of one server begin with "notes-", those of another with "notes-old-". ${CLEAR}`,
    ],
    [
      "a name that ends in a part of the separator",
      { servers: ["x", "x-"], separator: "--" },
      `separator: makes names ambiguous: those of one server begin with "x--", those of another with "x---". ${CLEAR}`,
    ],
  ])("is rejected with %s", (_, combined, fault) => {
    expect(faults(combined)).toEqual([`combined.${fault}`]);
  });

  it("needs token rules of the gateway", () => {
    expect(gatewayFaults({ combined: { servers: "all" } })).toEqual([
      'combined: needs token rules for the whole gateway, which decide who may use its URL. Add "descope" or "jwt_validation" here, in gateway.json.',
    ]);
    expect(gatewayFaults({ combined: { servers: "all" }, jwt_validation: jwtBlock() })).toEqual([]);
  });
});
