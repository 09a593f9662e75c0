import { describe, expect, it } from "vitest";
import { foldKey, hasMisspelledKey, misspelledKeys } from "../../../functions/core/protocol-keys.ts";

describe("foldKey", () => {
  it.each([
    ["upper case", "TASKID"],
    ["the Kelvin sign, as Go folds it", "tas\u212aId"],
    ["the long s, as Go folds it", "ta\u017fkId"],
    ["the dotless i of a Turkish locale", "task\u0131d"],
    ["the dotted I of a Turkish locale", "task\u0130d"],
    ["full-width letters", "\uff54askId"],
    ["snake case, as pydantic accepts by name", "task_id"],
    ["kebab case", "task-id"],
    ["a NUL, at which C strings end", "taskId\0more"],
    ["spaces", " taskId\n"],
    ["an invisible character", "task\u200bId"],
    ["a combining mark", "tasḱId".normalize("NFD")],
  ])("treats a key in %s as the protocol's key", (_, key) => expect(foldKey(key)).toBe("taskid"));

  it.each(["taskIds", "task", "askId", "t\0askId", ""])("treats %j as a different key", (key) =>
    expect(foldKey(key)).not.toBe("taskid"),
  );
});

describe("misspelledKeys", () => {
  const isMisspelled = misspelledKeys(["name", "io.example/version"]);

  it.each([
    "Name",
    "na-me",
    "NAME",
    "n\u0430me".replace("\u0430", "\uff41"),
    "io.Example/version",
    "io_example.version",
  ])("finds %j", (key) => expect(isMisspelled(key)).toBe(true));

  it.each(["name", "io.example/version", "names", "title", "nama", "a_b", "a1", "[", "@", "`", "{", ""])(
    "ignores %j",
    (key) => expect(isMisspelled(key)).toBe(false),
  );
});

describe("a key of more than 1,024 characters", () => {
  const isMisspelled = misspelledKeys(["name"]);

  it.each(["\ufdfa", "_", "\0", "e\u0301"])("is not folded, and counts as misspelled: many %j", (unit) => {
    const key = unit.repeat(4_000_000);
    expect([isMisspelled(key), isMisspelled(`name${key}`)]).toEqual([true, true]);
  });

  it("is another key if it is plain", () => expect(isMisspelled("a".repeat(1_025))).toBe(false));

  it("is not one of 1,024 characters, which is folded", () => {
    expect(isMisspelled("_".repeat(1_024))).toBe(false);
    expect(isMisspelled(`${"_".repeat(1_020)}name`)).toBe(true);
  });
});

describe("hasMisspelledKey", () => {
  const paths: string[][] = [
    [],
    ["params"],
    ["params", "ref"],
    ["params", "task"],
    ["params", "notifications"],
    ["params", "_meta"],
    ["params", "_meta", "io.modelcontextprotocol/related-task"],
  ];
  const nest = (path: string[], value: object) =>
    path.reduceRight<object>((inner, key) => ({ [key]: inner }), value);

  it.each([
    [[], "Method"],
    [["params"], "URI"],
    [["params", "ref"], "Uri"],
    [["params", "task"], "task_id"],
    [["params", "notifications"], "ResourceSubscriptions"],
    [["params", "notifications"], "resource_subscriptions"],
    [["params", "_meta"], "io.modelcontextprotocol/ProtocolVersion"],
    [["params", "_meta", "io.modelcontextprotocol/related-task"], "TaskId"],
  ])("finds a misspelled key below %j: %s", (path, key) => {
    expect(hasMisspelledKey(nest(path, { [key]: 1 }))).toBe(true);
  });

  it("accepts keys that are unlike any of the protocol's keys, at any place", () => {
    for (const path of paths) expect(hasMisspelledKey(nest(path, { other: 1, Vendor: 2 }))).toBe(false);
  });

  it.each([null, 5, "Method", [], [{ Method: 1 }], { params: null }, { params: [{ Name: 1 }] }])(
    "accepts a value that is not an object of a message: %j",
    (value) => expect(hasMisspelledKey(value)).toBe(false),
  );

  it("ignores arguments, results and inherited members", () => {
    expect(hasMisspelledKey({ params: { arguments: { Name: 1 } }, result: { Tools: 1 } })).toBe(false);
    expect(hasMisspelledKey(JSON.parse('{"params":{"__proto__":{"Name":1}}}'))).toBe(false);
  });
});
