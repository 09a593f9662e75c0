// Progress tokens: each member gets its own, and reports progress with them alone.
import { describe, expect, it } from "vitest";
import {
  openProgressTokens,
  sealProgressToken,
} from "../../../../functions/core/combined/progress-tokens.ts";

const open = (sealed: string) => /^<(.*)>$/.exec(sealed)?.[1];
const report = (token: string) =>
  `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":${token},"progress":1}}`;

describe("the progress token of a request", () => {
  const request = (token: string) => ` {"method":"x","params":{"_meta":{"a":1.0, "progressToken":${token}}}}`;

  it.each([
    ["7", '"<7>"'],
    ["1.0", '"<1.0>"'],
    ["9007199254740993", '"<9007199254740993>"'],
    ['"a\\u0062"', '"<\\"a\\\\u0062\\">"'],
  ])("is sealed as it was written: %s", (token, sealed) => {
    expect(sealProgressToken(request(token), (text) => `<${text}>`)).toBe(request(sealed));
  });

  it("stays as it is if it cannot be sealed", () => {
    expect(sealProgressToken(request("7"), () => undefined)).toBe(request("7"));
  });
});

describe("a report of progress", () => {
  it.each([
    ['"<7>"', "7"],
    ['"<1.0>"', "1.0"],
    ['"<\\"a\\">"', '"a"'],
  ])("has the client's token again: %s becomes %s", (sealed, token) => {
    expect(openProgressTokens(report(sealed), open)).toBe(report(token));
    const escaped = report(sealed).replace("notifications/progress", "notifications\\/pro\\u0067ress");
    expect(openProgressTokens(escaped, open)).toContain(`:${token},`);
    expect(openProgressTokens(`[${report(sealed)}]`, open)).toBe(`[${report(token)}]`);
  });

  it.each(["7", '"7"', "null", '["<7>"]', '"<7"'])("with another token is left out: %s", (token) => {
    expect(openProgressTokens(report(token), open)).toBe("");
    expect(openProgressTokens(`[${report('"<7>"')},${report(token)}]`, open)).toBe("");
  });

  it.each([
    report('"<7>","progressToken":8'),
    report('"<7>","progress_token":8'),
    report('"<7>"').replace('"method"', '"method":"notifications/progress","method"'),
    `[[${report('"<7>"')}]]`,
  ])("that is ambiguous is not relayed: %s", (text) => {
    expect(openProgressTokens(text, open)).toBeUndefined();
  });

  it.each([
    '{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"progress","progressToken":7}}',
    '{"jsonrpc":"2.0","id":1,"result":{"progressToken":7}}',
    "progress: not JSON",
  ])("is no other text: %s", (text) => {
    expect(openProgressTokens(text, open)).toBe(text);
  });
});
