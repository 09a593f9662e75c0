// The values of secret references on this machine.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openSecrets } from "../../local/secrets-file.ts";

const KEY = "/mcp-gateway-secrets/prod/tools-key";
const NONE = { gateway: { file: "gateway.json", text: "{}" }, servers: [] };

let folder: string;
let file: string;
let reported: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "secrets-"));
  file = join(folder, "secrets.json");
  reported = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const report = (text: string) => void reported.push(text);
const write = (content: object | string, mode = 0o600) => {
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  chmodSync(file, mode);
};
const withServers = (servers: Record<string, object>) => ({
  ...NONE,
  servers: Object.entries(servers).map(([name, server]) => ({
    name,
    file: `servers/${name}.json`,
    text: JSON.stringify(server),
  })),
});
const tools = (name = KEY) => withServers({ tools: { headers: { "X-Key": `{{ssm:${name}}}` } } });

describe("a secrets file", () => {
  test("has a value for each reference", () => {
    write({ [KEY]: "s3cret", "/aws/reference/secretsmanager/tools": "other", "/versioned:3": "third" });
    const secrets = openSecrets(file, "unused", report)(tools());
    expect([...secrets]).toEqual([
      [KEY, "s3cret"],
      ["/aws/reference/secretsmanager/tools", "other"],
      ["/versioned:3", "third"],
    ]);
    expect(reported).toEqual([]);
  });

  test("is read from the default path if no file is named", () => {
    write({ [KEY]: "s3cret" });
    expect(openSecrets(undefined, file, report)(tools()).get(KEY)).toBe("s3cret");
  });

  test("may be missing at the default path if no secret is referenced", () => {
    expect(openSecrets(undefined, join(folder, "none.json"), report)(NONE).size).toBe(0);
  });

  test.each([
    [0o644, 1],
    [0o640, 1],
    [0o604, 1],
    [0o600, 0],
    [0o400, 0],
  ])("with the mode %o causes %i warnings", (mode, times) => {
    write({ [KEY]: "s3cret" }, mode);
    const read = openSecrets(file, "unused", report);
    read(tools());
    read(tools());
    expect(reported).toEqual(
      Array(times).fill(`Other users of this machine may read ${file}. Run: chmod 600 ${file}`),
    );
  });
});

describe("the start of the local run fails", () => {
  test("if a reference has no value, with the entry to add to the file", () => {
    write({ [KEY]: "s3cret" });
    const source = withServers({
      one: { headers: { "X-Key": `{{ssm:${KEY}}} {{ssm:/a}}` } },
      two: { headers: { "X-Key": "{{ssm:/b}}{{ssm:/a}}" } },
    });
    expect(() => openSecrets(file, "unused", report)(source)).toThrow(
      `servers/one.json: {{ssm:/a}} has no value on this machine.
servers/two.json: {{ssm:/b}} has no value on this machine.
Put into ${file}: {"/a":"the value","/b":"the value"}`,
    );
  });

  test("if a reference needs a value and the file is missing", () => {
    const fallback = join(folder, "none.json");
    expect(() => openSecrets(undefined, fallback, report)(tools())).toThrow(
      `Put into ${fallback}: {"${KEY}"`,
    );
  });

  test.each([
    ["syntax", '{"/a": "s3cret"', "is not valid JSON"],
    ["two values for one reference", '{"/a": "s3cret", "/a": "s3cret2"}', "names a reference twice"],
    ["an array", '["s3cret"]', "is not a JSON object"],
    ["a number", '{"/a": 17s3cret}', "is not valid JSON"],
    ["an empty value", '{"/a": ""}', "the value of /a is not a non-empty string"],
    ["an object", '{"/a": {"s3cret": 1}}', "the value of /a is not a non-empty string"],
    ["a name without a slash", '{"s3cret": "tools-key"}', "entry 1 has an invalid name"],
    ["a whole reference as name", '{"/a": "x", "{{ssm:/b}}": "s3cret"}', "entry 2 has an invalid name"],
  ])("for %s, without showing the content of the file", (_case, content, message) => {
    write(content);
    let thrown = "";
    try {
      openSecrets(file, "unused", report)(NONE);
    } catch (error) {
      thrown = (error as Error).message;
    }
    expect(thrown).toContain(message);
    expect(thrown).toContain(file);
    expect(thrown).not.toContain("s3cret");
  });

  test("if the named file is missing", () => {
    expect(() => openSecrets(file, "unused", report)(NONE)).toThrow(
      `No such file: ${file}. --secrets expects`,
    );
  });

  test("if the named file cannot be read", () => {
    expect(() => openSecrets(folder, "unused", report)(NONE)).toThrow("The file cannot be read (EISDIR):");
  });
});

describe("secrets while the gateway runs", () => {
  test("are read again after an edit of the configuration", () => {
    write({ [KEY]: "s3cret" });
    const read = openSecrets(file, "unused", report);
    read(tools());
    write({ [KEY]: "changed", "/new": "value" });
    expect([...read(tools("/new"))]).toEqual([
      [KEY, "changed"],
      ["/new", "value"],
    ]);
  });

  test("are reported if a reference has no value, and the others are used", () => {
    write({ [KEY]: "s3cret" });
    const read = openSecrets(file, "unused", report);
    read(tools());
    write({ [KEY]: "changed" });
    expect([...read(tools("/new"))]).toEqual([[KEY, "changed"]]);
    expect(reported).toEqual([expect.stringContaining("{{ssm:/new}} has no value on this machine.")]);
  });

  test("keep their previous values if the file is invalid, which is reported", () => {
    write({ [KEY]: "s3cret" });
    const read = openSecrets(file, "unused", report);
    read(tools());
    write("{");
    expect([...read(tools())]).toEqual([[KEY, "s3cret"]]);
    expect(reported).toEqual([expect.stringContaining("is not valid JSON")]);
  });
});

test("secrets of disabled servers need no value", () => {
  const source = withServers({ off: { enabled: false, headers: { "X-Key": "{{ssm:/a}}" } } });
  expect(openSecrets(undefined, join(folder, "none.json"), report)(source).size).toBe(0);
});
