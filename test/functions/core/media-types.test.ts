import { describe, expect, it } from "vitest";
import { acceptedTypes, isPlainJson } from "../../../functions/core/media-types.ts";

describe("isPlainJson", () => {
  it.each([
    "application/json",
    "Application/JSON",
    "application/json; charset=utf-8",
    "application/json;charset=UTF-8",
    'application/json ; charset="Utf-8"',
    "application/json\t;\tcharset=utf-8 ",
    "application/json;",
    "application/json; ; charset=utf-8;",
  ])("accepts %j", (type) => expect(isPlainJson([type])).toBe(true));

  it.each([
    "",
    "text/plain",
    "application/json-rpc",
    "application/json; charset=utf-7",
    "application/json; charset=utf-16le",
    "application/json; charset=utf8",
    "application/json; charset=",
    "application/json; charset",
    "application/json; charset = utf-8",
    "application/json; charset=utf-8; charset=utf-7",
    "application/json; charset=utf-8; charset=utf-8",
    "application/json; charset=utf-8, application/json; charset=utf-7",
    "application/json, application/json",
    "application/json, text/plain",
    "application/json; boundary=x",
    "application/json; q=1",
    "application/json; charset='utf-8'",
    'application/json; charset="utf\\-8"',
    "application/json; charset*=utf-8",
    "application/json charset=utf-8",
    "application/json\u00a0",
    "application/json; charset=utf-8\u0085",
    "application/json; char\u017fet=utf-8",
    "application/json\r\nx: y",
    "application/json\v",
  ])("rejects %j", (type) => expect(isPlainJson([type])).toBe(false));

  it("rejects an absent value and two values", () => {
    expect(isPlainJson()).toBe(false);
    expect(isPlainJson([])).toBe(false);
    expect(isPlainJson(["application/json", "application/json"])).toBe(false);
  });

  it.each([
    [["identity"], true],
    [[" Identity "], true],
    [["gzip"], false],
    [["identity", "gzip"], false],
    [["identity, gzip"], false],
    [[""], false],
  ])("with Content-Encoding %j returns %s", (encoding, plain) =>
    expect(isPlainJson(["application/json"], encoding)).toBe(plain),
  );
});

describe("acceptedTypes", () => {
  const both = ["application/json", "text/event-stream"];

  it.each<[string[] | undefined, string[]]>([
    [undefined, both],
    [[], both],
    [["*/*"], both],
    [["*/*;q=0.1"], both],
    [["APPLICATION/JSON , text/Event-Stream"], both],
    [["text/event-stream", "application/json"], both],
    [["application/json; charset=utf-8"], ["application/json"]],
    [["application/*"], ["application/json"]],
    [["text/*"], ["text/event-stream"]],
    [["*/*, application/json;q=0"], ["text/event-stream"]],
    [["text/*;q=0, */*"], ["application/json"]],
    [["text/*;q=0, text/event-stream"], ["text/event-stream"]],
    [["application/json;q=0.000, application/json"], ["application/json"]],
    [["application/json; q=0.001"], ["application/json"]],
    [["application/json;q=0"], []],
    [["*/*; q=0.0"], []],
    [["text/html"], []],
    [[""], []],
  ])("for %j are %j", (accept, types) => expect(acceptedTypes(accept, both)).toEqual(types));
});
