import { describe, expect, it } from "vitest";
import { parameterValue } from "../../infra/parameter-value.ts";

const file = "config/servers/notes.json";
const ofBytes = (bytes: number) => JSON.stringify({ text: "x".repeat(bytes - '{"text":""}'.length) });

describe("parameterValue", () => {
  it("removes the white space of the file", () => {
    expect(parameterValue({ file, text: '{\n  "url": "https://notes.example/mcp"\n}\n' })).toEqual({
      value: '{"url":"https://notes.example/mcp"}',
      tier: "Standard",
    });
  });

  it("escapes double brackets, which SSM rejects in a value, without changing the meaning", () => {
    const text = '{"a":"{{ssm:/team/key}}","b":"{{{"}';
    const { value } = parameterValue({ file, text });
    expect(value).toBe('{"a":"\\u007b\\u007bssm:/team/key}}","b":"\\u007b\\u007b{"}');
    expect(JSON.parse(value)).toEqual(JSON.parse(text));
  });

  it("omits $schema, which only editors read", () => {
    expect(
      parameterValue({ file, text: '{"$schema": "../schema/server.schema.json", "url": "x"}' }).value,
    ).toBe('{"url":"x"}');
  });

  it("is Standard up to 4,096 bytes and Advanced above", () => {
    expect(parameterValue({ file, text: ofBytes(4096) }).tier).toBe("Standard");
    expect(parameterValue({ file, text: ofBytes(4097) }).tier).toBe("Advanced");
    expect(parameterValue({ file, text: ofBytes(8192) }).tier).toBe("Advanced");
  });

  it("counts bytes, not characters", () => {
    expect(parameterValue({ file, text: JSON.stringify({ text: "é".repeat(3000) }) }).tier).toBe("Advanced");
  });

  it("rejects a file above 8,192 bytes and names it", () => {
    expect(() => parameterValue({ file, text: ofBytes(8193) })).toThrow(
      "config/servers/notes.json: must fit into an SSM parameter of 8192 bytes, but is 8193 bytes",
    );
  });
});
