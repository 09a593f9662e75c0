import { describe, expect, it } from "vitest";
import { serverFaults } from "../../../support/config-blocks.ts";

const hash = (character: string) => `sha256-${character.repeat(43)}`;
const HASH = hash("A");

describe("curation of a server file", () => {
  it("is accepted with every key", () => {
    const title = "Search";
    const description = "Line 1.\nLine 2.";
    expect(
      serverFaults({
        tools: {
          allow: ["search*"],
          deny: ["search_admin"],
          rename: { search: "find", b: "c", c: "b" },
          describe: {
            search: {
              title,
              description,
              annotations: {
                title,
                readOnlyHint: true,
                destructiveHint: false,
                idempotentHint: true,
                openWorldHint: false,
              },
            },
          },
          pin: { search: HASH, add: [HASH], list: [..."ABCDEFGH"].map(hash) },
          on_change: "warn",
        },
        prompts: { allow: ["*"], deny: [], rename: { a: "b" }, describe: { a: { title, description } } },
        resources: {
          allow: ["docs://*"],
          deny: ["docs://private/*"],
          describe: { "docs://a": { title, description } },
        },
      }),
    ).toEqual([]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    [
      "two entries with one client name",
      { tools: { rename: { a: "x", b: "x" } } },
      'tools.rename.b: "a" has this name already. Choose another one.',
    ],
    [
      "a client name that is the server's own",
      { prompts: { rename: { a: "a" } } },
      "prompts.rename.a: is the server's own name. Remove the entry.",
    ],
    [
      "a client name that is not canonical",
      { tools: { rename: { a: " x" } } },
      'tools.rename.a: expected a name without space at its start and end, got " x".',
    ],
    [
      "a glob as the name to rename",
      { tools: { rename: { "a*": "x" } } },
      'tools.rename["a*"]: expected one exact name, got the glob "a*". Add an entry for each name.',
    ],
    [
      "a client name that hides a described tool",
      { tools: { rename: { a: "b" }, describe: { b: { title: "B" } } } },
      'tools.rename.a: "b" is the server\'s name of another entry, which could not be reached. Rename that one too, or choose another name.',
    ],
    [
      "a client name that hides an allowed prompt",
      { prompts: { rename: { a: "b" }, allow: ["a", "b"] } },
      'prompts.rename.a: "b" is the server\'s name of another entry, which could not be reached. Rename that one too, or choose another name.',
    ],
    [
      "a malformed hash",
      { tools: { pin: { a: "sha256-abc" } } },
      'tools.pin.a: expected "sha256-" and 43 characters of base64url, got "sha256-abc". The command "config pin" writes it.',
    ],
    [
      "a malformed hash in a list",
      { tools: { pin: { a: [HASH, "sha256-abc"] } } },
      'tools.pin.a[1]: expected "sha256-" and 43 characters of base64url, got "sha256-abc". The command "config pin" writes it.',
    ],
    [
      "the same hash twice",
      { tools: { pin: { a: [HASH, HASH] } } },
      "tools.pin.a[1]: is in the list already. Remove one of the two.",
    ],
    [
      "an empty list of hashes",
      { tools: { pin: { a: [] } } },
      "tools.pin.a: expected at least one of hashes, got an empty array.",
    ],
    [
      "more than 8 hashes",
      { tools: { pin: { a: [..."ABCDEFGHI"].map(hash) } } },
      "tools.pin.a: expected at most 8 hashes, got 9.",
    ],
    [
      "a number for the hash",
      { tools: { pin: { a: 5 } } },
      "tools.pin.a: expected a hash or a list of hashes, got the number 5.",
    ],
    [
      "an unknown key",
      { tools: { rename_all: true } },
      'tools.rename_all: unknown key. Did you mean "rename"?',
    ],
    [
      "renamed resources",
      { resources: { rename: {} } },
      "resources.rename: unsupported key. URIs cannot be renamed. Remove it.",
    ],
    [
      "pinned prompts",
      { prompts: { pin: {} } },
      "prompts.pin: unsupported key. Only tools have it. Remove it.",
    ],
    [
      "annotations of a prompt",
      { prompts: { describe: { a: { annotations: {} } } } },
      "prompts.describe.a.annotations: unsupported key. Only tools have it. Remove it.",
    ],
    [
      "a description of resources by glob",
      { resources: { describe: { "docs://*": { title: "x" } } } },
      'resources.describe["docs://*"]: expected one exact URI, got the glob "docs://*". Add an entry for each URI.',
    ],
    [
      "a description of a URI that is not canonical",
      { resources: { describe: { "DOCS://a": { title: "x" } } } },
      'resources.describe["DOCS://a"]: expected a URI or a glob that begins with scheme://, the scheme in lower case, got "DOCS://a": requests with URIs in another form are denied. Write "docs://a".',
    ],
    [
      "an empty description",
      { tools: { describe: { a: { description: "" } } } },
      "tools.describe.a.description: expected a non-empty text, got an empty string.",
    ],
    ["a list for the block", { tools: ["a"] }, "tools: "],
    ["a text for the client names", { tools: { rename: "a" } }, "tools.rename: "],
  ])("with %s is rejected", (_, file, fault) => {
    const [first, ...others] = serverFaults(file);
    expect(others).toEqual([]);
    expect(first).toContain(fault);
  });
});
