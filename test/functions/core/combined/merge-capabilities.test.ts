import { describe, expect, it } from "vitest";
import {
  mergedDiscover,
  mergedInitialize,
  mergedVersion,
} from "../../../../functions/core/combined/merge-capabilities.ts";
import { readJson } from "../../../../functions/core/json.ts";

const gateway = { name: "descope-mcp-gateway", version: "1.2.3", title: "Example" };
const read = (text: string) => (readJson(text) as { value: unknown }).value;
const parts = { gateway, id: 7, unavailable: [] };

function initialize(members: Record<string, unknown>, more: object = {}) {
  const results = Object.entries(members).map(([member, result]) => ({ member, result }));
  const text = mergedInitialize({
    ...parts,
    protocolVersion: mergedVersion(results, "2025-11-25"),
    results,
    ...more,
  });
  return { text, ...JSON.parse(text) };
}

describe("the merged result of initialize", () => {
  it("unites the members' capabilities", () => {
    const { result } = initialize({
      notes: {
        protocolVersion: "2025-11-25",
        serverInfo: { name: "notes-server", version: "9" },
        capabilities: {
          tools: { listChanged: false },
          resources: { subscribe: true },
          experimental: { a: { level: 1, modes: ["x", { y: 1 }] } },
        },
      },
      reports: {
        protocolVersion: "2025-06-18",
        capabilities: {
          tools: { listChanged: true },
          resources: { subscribe: false, listChanged: true },
          prompts: {},
          logging: {},
          completions: {},
          experimental: { a: { level: 2, modes: [{ y: 1 }, "z"] }, b: {} },
          tasks: { list: {}, requests: { tools: { call: {} } } },
          extensions: { "io.modelcontextprotocol/ui": { mimeTypes: ["text/html"] } },
        },
      },
    });
    expect(result).toEqual({
      protocolVersion: "2025-06-18",
      capabilities: {
        tools: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        prompts: {},
        logging: {},
        completions: {},
        experimental: { a: { level: 1, modes: ["x", { y: 1 }, "z"] }, b: {} },
        tasks: { list: {}, requests: { tools: { call: {} } } },
        extensions: { "io.modelcontextprotocol/ui": { mimeTypes: ["text/html"] } },
      },
      serverInfo: { name: "descope-mcp-gateway", version: "1.2.3", title: "Example" },
    });
  });

  it("keeps the digits of numbers and of the id", () => {
    const result = read('{"protocolVersion":"2025-11-25","capabilities":{"experimental":{"x":{"n":1.0}}}}');
    const { text } = initialize({ notes: result }, { id: JSON.rawJSON("9007199254740993") });
    expect(text).toContain('"id":9007199254740993,');
    expect(text).toContain('"experimental":{"x":{"n":1.0}}');
  });

  it("treats __proto__ as an ordinary key", () => {
    const { text } = initialize({
      notes: read('{"capabilities":{"__proto__":{"tools":{}}}}'),
      reports: read('{"capabilities":{"__proto__":{"polluted":true}}}'),
    });
    expect(text).toContain('"capabilities":{"__proto__":{"tools":{},"polluted":true}}');
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("keeps the first member's value where the members differ in kind", () => {
    const { result } = initialize({
      a: { capabilities: { logging: {}, x: [1], y: true } },
      b: { capabilities: { logging: null, x: {}, y: "yes" } },
      c: { capabilities: [] },
      d: "sloppy",
    });
    expect(result.capabilities).toEqual({ logging: {}, x: [1], y: true });
  });

  it("names the members that are missing", () => {
    const { result } = initialize({ notes: { capabilities: {} } }, { unavailable: ["reports"] });
    expect(result._meta).toEqual({ "descope-mcp-gateway/unavailable": ["reports"] });
  });

  it("has the instructions of each member under its name", () => {
    const { result } = initialize({
      notes: { instructions: "Write notes.\n" },
      silent: {},
      blank: { instructions: " " },
      sloppy: { instructions: 7 },
      reports: { instructions: "Read reports." },
    });
    expect(result.instructions).toBe("# notes\n\nWrite notes.\n\n\n# reports\n\nRead reports.");
  });

  it("has the instructions of an only member as they are, or none", () => {
    expect(initialize({ notes: { instructions: "Write." } }).result.instructions).toBe("Write.");
    expect(initialize({ notes: {} }).result).not.toHaveProperty("instructions");
  });

  it("shortens instructions of more than 8 KiB, between two characters, and says so", () => {
    const note = "\n[Shortened by the gateway: this server's instructions are longer than 8 KiB.]";
    const instructionsOf = (instructions: string) =>
      initialize({ notes: { instructions } }).result.instructions;
    expect(instructionsOf("x".repeat(8_192))).toBe("x".repeat(8_192));
    expect(instructionsOf("x".repeat(8_193))).toBe("x".repeat(8_192) + note);
    expect(instructionsOf(`x${"😀".repeat(2_048)}`)).toBe(`x${"😀".repeat(2_047)}${note}`);
  });
});

describe("mergedVersion", () => {
  it.each([
    [
      "the oldest that the members negotiated",
      ["2025-11-25", "2025-03-26", "2025-06-18"],
      "2025-11-25",
      "2025-03-26",
    ],
    ["one that clients know", ["2025-11-25", "1999-01-01", "2025-01-01"], "2025-11-25", "2025-11-25"],
    ["one that the client did not ask for", ["2025-11-25"], "2025-06-18", "2025-11-25"],
    ["the requested one if no member was asked", [], "2025-06-18", "2025-06-18"],
    ["the newest with sessions for one without", [], "2026-07-28", "2025-11-25"],
    ["the newest with sessions for what is not a revision", [], "newest", "2025-11-25"],
    ["the newest with sessions for what is not a text", [7, "x"], undefined, "2025-11-25"],
  ])("is %s", (_name, negotiated, requested, expected) => {
    const results = negotiated.map((protocolVersion, at) => ({
      member: `m${at}`,
      result: { protocolVersion },
    }));
    expect(mergedVersion(results, requested)).toBe(expected);
  });
});

describe("the merged result of server/discover", () => {
  const discover = (members: Record<string, unknown>, unavailable: string[] = []) => {
    const results = Object.entries(members).map(([member, result]) => ({ member, result }));
    return mergedDiscover({ ...parts, unavailable, results });
  };

  it("has the revisions that every member supports, and the capabilities of all", () => {
    const text = discover({
      notes: {
        resultType: "complete",
        supportedVersions: ["2026-07-28", "2025-11-25", 7],
        capabilities: { tools: {} },
        instructions: "Write.",
        ttlMs: 60_000,
        cacheScope: "public",
        _meta: { "io.modelcontextprotocol/serverInfo": { name: "notes-server", version: "9" } },
      },
      reports: {
        supportedVersions: ["2025-11-25", "2026-07-28", 7],
        capabilities: { prompts: { listChanged: true } },
        ttlMs: 1_000,
      },
    });
    expect(JSON.parse(String(text))).toEqual({
      jsonrpc: "2.0",
      id: 7,
      result: {
        resultType: "complete",
        supportedVersions: ["2026-07-28", "2025-11-25"],
        capabilities: { tools: {}, prompts: { listChanged: true } },
        instructions: "# notes\n\nWrite.",
        ttlMs: 1_000,
        cacheScope: "private",
        _meta: { "io.modelcontextprotocol/serverInfo": gateway },
      },
    });
  });

  it("may not be cached while a member is missing, and names it", () => {
    const text = discover({ notes: { supportedVersions: ["2026-07-28"], ttlMs: 60_000 } }, ["reports"]);
    expect(JSON.parse(String(text)).result).toMatchObject({
      ttlMs: 0,
      _meta: { "descope-mcp-gateway/unavailable": ["reports"] },
    });
  });

  it.each<[string, Record<string, unknown>]>([
    ["there are no members", {}],
    [
      "the members have no revision in common",
      { a: { supportedVersions: ["2026-07-28"] }, b: { supportedVersions: ["2027-01-01"] } },
    ],
    ["a member does not say which it supports", { a: { supportedVersions: ["2026-07-28"] }, b: {} }],
    ["a member's result is not an object", { a: { supportedVersions: ["2026-07-28"] }, b: null }],
  ])("is missing if %s", (_name, members) => {
    expect(discover(members)).toBeUndefined();
  });
});
