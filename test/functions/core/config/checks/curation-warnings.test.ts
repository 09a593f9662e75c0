import { describe, expect, it } from "vitest";
import { configWarnings } from "../../../../../functions/core/config/checks/warnings.ts";
import { parseServerConfig } from "../../../../../functions/core/config/server-config.ts";
import { faultLines, serverFile } from "../../../../support/config-blocks.ts";

const HASH = `sha256-${"A".repeat(43)}`;

function warnings(changes: Record<string, unknown>): string[] {
  const parsed = parseServerConfig(JSON.stringify(serverFile(changes)));
  if (!parsed.ok) throw new Error(parsed.faults[0]?.message);
  return faultLines({ ok: false, faults: configWarnings(parsed.config) });
}

describe("warnings about curation", () => {
  it("are absent for entries that have an effect", () => {
    const tools = {
      allow: ["search", "get_*"],
      rename: { search: "find", get_a: "search" },
      describe: { search: { title: "Find" } },
      pin: { get_b: HASH },
      on_change: "warn",
    };
    const tool_authorization = { search: {}, "*": {} };
    expect(warnings({ tools, tool_authorization, extra_methods: ["vendor/x"] })).toEqual([]);
  });

  it("name entries of hidden tools, prompts and resources", () => {
    const title = "T";
    expect(
      warnings({
        tools: { deny: ["a*"], rename: { ab: "x" }, pin: { ac: HASH } },
        prompts: { allow: ["a"], describe: { b: { title } } },
        resources: { deny: ["docs://a/b(c)"], describe: { "docs://a/b(c)": { title } } },
      }),
    ).toEqual([
      'tools.rename.ab: has no effect, because "deny" contains "a*". Remove one of the two.',
      'tools.pin.ac: has no effect, because "deny" contains "a*". Remove one of the two.',
      'prompts.describe.b: has no effect, because "allow" does not contain it. Remove one of the two.',
      'resources.describe["docs://a/b(c)"]: has no effect, because "deny" contains "docs://a/b(c)". Remove one of the two.',
    ]);
  });

  it("name rules and patterns with a client's name", () => {
    expect(
      warnings({
        tools: { rename: { search: "find" }, deny: ["find"] },
        tool_authorization: { find: {}, "*": {} },
      }),
    ).toEqual([
      'tool_authorization.find: is the name that clients use. Write the server\'s name, "search".',
      'tools.deny[0]: is the name that clients use. Write the server\'s name, "search".',
    ]);
  });

  it("name an empty description, and on_change without pins", () => {
    expect(warnings({ tools: { describe: { a: {} }, on_change: "warn" } })).toEqual([
      "tools.describe.a: is empty, so the server's title and description stay. Remove it.",
      'tools.on_change: has no effect, because no tool is pinned. The command "config pin" pins tools.',
    ]);
  });
});
