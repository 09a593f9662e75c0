import { describe, expect, it } from "vitest";
import { definitionHash } from "../../../functions/core/definition-hash.ts";

describe("definitionHash", () => {
  it("is SHA-256 of the canonical JSON in base64url", () => {
    // printf '{"description":"b","name":"a"}' | openssl dgst -sha256 -binary | basenc --base64url
    expect(definitionHash('{ "name": "a", "description": "b" }')).toBe(
      "sha256-vTKpN9Q1u-rMHLfSjGYJvcVZQ3tW_QN3InqiYQDTdNU",
    );
  });

  it.each([
    ["another order of keys", '{"name":"a","x":{"b":1,"c":2}}', '{"x":{"c":2,"b":1},"name":"a"}'],
    ["white space", '{"name":"a"}', '{ "name" :\n"a" }'],
    ["another escape of a character", '{"name":"é"}', '{"name":"\\u00e9"}'],
  ])("ignores %s", (_, a, b) => {
    expect(definitionHash(a)).toBe(definitionHash(b));
  });

  it.each([
    ["a description", '{"name":"a","description":"x"}', '{"name":"a","description":"y"}'],
    ["a member that MCP does not have", '{"name":"a"}', '{"name":"a","x-note":"y"}'],
    ["the order of a list", '{"enum":["a","b"]}', '{"enum":["b","a"]}'],
    ["a digit that a double does not keep", '{"max":9007199254740992}', '{"max":9007199254740993}'],
    ["the spelling of a number", '{"max":1}', '{"max":1.0}'],
  ])("notices %s", (_, a, b) => {
    expect(definitionHash(a)).not.toBe(definitionHash(b));
  });

  it("accepts numbers that only some serialisers write", () => {
    expect(definitionHash('{"max":Infinity}')).toMatch(/^sha256-/);
  });

  it.each([
    ["a repeated key", '{"name":"a","name":"b"}'],
    ["nesting deeper than 512 levels", "[".repeat(600) + "]".repeat(600)],
    ["more than 1 MiB", `"${"x".repeat(1024 * 1024)}"`],
  ])("hashes no text with %s", (_, text) => {
    expect(definitionHash(text)).toBeUndefined();
  });
});
