// Edits only the pins and keeps the rest of a file byte for byte.
import { describe, expect, it } from "vitest";
import { withPins, writtenPins } from "../../cli/pin-text.ts";

const PINS = { search: "sha256-a", add: "sha256-b" };
const OBJECT = '{\n      "search": "sha256-a",\n      "add": "sha256-b"\n    }';

describe("withPins", () => {
  it("replaces the pins in their place", () => {
    const text = '{\n  "pin": 1,\n  "tools": { "pin": {"x": "}"}, "deny": [ 1.0 ] },\n  "z": 2\n}\n';
    expect(withPins(text, PINS)).toBe(text.replace('{"x": "}"}', OBJECT));
  });

  it("writes a list of hashes on one line", () => {
    expect(withPins('{"tools":{"pin":{}}}', { search: ["sha256-a", "sha256-b"] })).toBe(
      '{"tools":{"pin":{\n      "search": ["sha256-a", "sha256-b"]\n    }}}',
    );
  });

  it("adds them to the block of tools", () => {
    const text = '{\n  "tools": {\n    "deny": ["a"]\n  },\n  "z": 2\n}\n';
    expect(withPins(text, PINS)).toBe(text.replace('"deny": ["a"]', `"deny": ["a"],\n    "pin": ${OBJECT}`));
  });

  it("adds the block after the last member", () => {
    expect(withPins('{\n  "url": "x"\n}\n', PINS)).toBe(
      `{\n  "url": "x",\n  "tools": {\n    "pin": ${OBJECT}\n  }\n}\n`,
    );
  });

  it.each(["{}", "{ }", '{"tools":{}}', '{\n  "tools": {\n  }\n}'])("adds them to %j", (text) => {
    expect(JSON.parse(withPins(text, PINS))).toEqual({ tools: { pin: PINS } });
  });

  it("writes an empty object without pins", () => {
    expect(withPins('{"tools":{"pin":{"a":"b"}}}', {})).toBe('{"tools":{"pin":{}}}');
  });
});

describe("writtenPins", () => {
  it("reads the pins, or none", () => {
    expect(writtenPins(JSON.stringify({ tools: { pin: PINS } }))).toEqual(PINS);
    expect([writtenPins('{"tools":{}}'), writtenPins("{}")]).toEqual([{}, {}]);
  });
});
