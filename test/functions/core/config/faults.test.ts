import { describe, expect, it } from "vitest";
import {
  describeKind,
  describeValue,
  formatPath,
  listChoices,
  nearestName,
  quoteText,
} from "../../../../functions/core/config/faults.ts";

describe("formatPath", () => {
  it.each<[readonly (string | number)[], string]>([
    [[], ""],
    [["a"], "a"],
    [["a", "b", 0, "c"], "a.b[0].c"],
    [["claimValues", "https://x/y", "values"], 'claimValues["https://x/y"].values'],
    [["a.b"], '["a.b"]'],
    [["", "x"], '[""].x'],
    [["a\u001b"], '["a\\u001b"]'],
    [["$schema"], "$schema"],
    [["_a", "Z9", "a$b", "x_y-z"], "_a.Z9.a$b.x_y-z"],
    [["1a"], '["1a"]'],
    [["-a"], '["-a"]'],
    [["a b"], '["a b"]'],
    [["a", "b", ".c"], 'a.b[".c"]'],
    [[12, 0], "[12][0]"],
  ])("writes %j as %s", (keys, path) => {
    expect(formatPath(keys)).toBe(path);
  });
});

describe("values in error messages", () => {
  describe("describeValue", () => {
    it.each<[unknown, string]>([
      [undefined, "nothing"],
      [null, "null"],
      [5, "the number 5"],
      [true, "the boolean true"],
      ["", "an empty string"],
      ["a", '"a"'],
      [[], "an empty array"],
      [[1], "an array"],
      [{}, "an object"],
    ])("describes %j as %s", (value, words) => {
      expect(describeValue(value)).toBe(words);
    });
  });

  describe("describeKind", () => {
    it("returns only the kind", () => {
      expect([describeKind("hunter2"), describeKind(7), describeKind(true)]).toEqual([
        "a string",
        "a number",
        "a boolean",
      ]);
    });
  });

  describe("quoteText", () => {
    it.each([
      ["x".repeat(80), `"${"x".repeat(80)}"`],
      ["x".repeat(81), `"${"x".repeat(80)}…"`],
      ["https://user:hunter2@a.example/b", '"https://…@a.example/b"'],
      ["eyJhbGciOiJSUzI1NiJ9.e30.x", "a string that looks like a credential (not shown)"],
      ["Bearer abc", "a string that looks like a credential (not shown)"],
      ["Basic abc", "a string that looks like a credential (not shown)"],
      ["-----BEGIN PRIVATE KEY-----", "a string that looks like a credential (not shown)"],
      ['a"b\n', '"a\\"b\\n"'],
      ["a\u009bb\u202ec", '"a\\u{9b}b\\u{202e}c"'],
      ["a\u2028b\u2029c\u{e0001}", '"a\\u{2028}b\\u{2029}c\\u{e0001}"'],
      ["x eyJ", '"x eyJ"'],
      ["x -----BEGIN", "a string that looks like a credential (not shown)"],
      ["x Bearer y", "a string that looks like a credential (not shown)"],
      ["x Basic y", "a string that looks like a credential (not shown)"],
      ["ForBearer y", '"ForBearer y"'],
      ["VisualBasic y", '"VisualBasic y"'],
      ["Bearer", '"Bearer"'],
      ["https://a:b@x.example https://c@y.example", '"https://…@x.example https://…@y.example"'],
      ["https://@a.example", '"https://…@a.example"'],
      ["https://a.example/b@c", '"https://a.example/b@c"'],
      ["https://a.example b@c", '"https://a.example b@c"'],
    ])("writes %j as %s", (text, quoted) => {
      expect(quoteText(text)).toBe(quoted);
    });
  });

  describe("listChoices", () => {
    it('writes "or" before the last choice', () => {
      expect(listChoices(["a", "b"])).toBe('"a" or "b"');
      expect(listChoices(["a", "b", "c"])).toBe('"a", "b" or "c"');
    });
  });
});

describe('"did you mean" suggestions', () => {
  const KEYS = ["jwksUri", "jwks", "introspectEndpoint", "requiredClaims", "claimValues", "url"];

  describe("nearestName", () => {
    it.each([
      ["jwksUrl", "jwksUri"],
      ["jwks_uri", "jwksUri"],
      ["JWKS", "jwks"],
      ["jkws", "jwks"],
      ["requireClaims", "requiredClaims"],
      ["required_claim", "requiredClaims"],
      ["claimsValues", "claimValues"],
      ["introspectionEndpoint", "introspectEndpoint"],
      ["uri", "url"],
      ["ulr", "url"],
    ])("suggests for %s the name %s", (name, meant) => {
      expect(nearestName(name, KEYS)).toBe(meant);
    });

    it.each(["timeout", "x".repeat(5000), "completely_different"])("suggests nothing for %s", (name) => {
      expect(nearestName(name, KEYS)).toBeUndefined();
    });

    it.each([
      ["validation", ["jwt_validation", "public_url"], "jwt_validation"],
      ["header", ["claims_header", "bearer"], "claims_header"],
      ["header", ["claims_header", "jwt_header", "bearer"], undefined],
      ["heeder", ["claims_header", "jwt_header", "bearer"], undefined],
      ["eu", ["us", "aps2"], undefined],
      ["ur", ["url"], "url"],
    ])("suggests for %s among %j the name %s", (name, known, meant) => {
      expect(nearestName(name, known)).toBe(meant);
    });

    it("suggests the nearer of two names, and the first of two equally near names", () => {
      expect(nearestName("abcd", ["abxy", "abcx"])).toBe("abcx");
      expect(nearestName("abcd", ["abcx", "abcy"])).toBe("abcx");
    });

    it.each([
      ["at the start", "bacd", "baxy"],
      ["in the middle", "acbd", "acxy"],
      ["at the end", "abdc", "abxy"],
    ])("counts swapped neighbors in %s as a single change: %s", (_where, name, otherwise) => {
      expect(nearestName(name, [otherwise, "abcd"])).toBe("abcd");
    });

    it("suggests nothing for names of more than 64 characters, which would cost too much", () => {
      expect(nearestName("x".repeat(64), ["x".repeat(63)])).toBe("x".repeat(63));
      expect(nearestName("x".repeat(65), ["x".repeat(64)])).toBeUndefined();
    });

    it("counts a swap, an extra letter and a missing letter as one change each", () => {
      expect(nearestName("bacd", ["bacx", "abcd"])).toBe("bacx");
      expect(nearestName("abcde", ["abc", "abcdx"])).toBe("abcdx");
      expect(nearestName("abcde", ["abxye", "abcd"])).toBe("abcd");
      expect(nearestName("abcd", ["abxy", "abcde"])).toBe("abcde");
    });

    it.each([
      ["abcd", "abxy", true],
      ["abcd", "axyz", false],
      ["abcdefghi", "abcdefxyz", true],
      ["abcdefghi", "abcdewxyz", false],
      ["a-b-c-d-e", "abcde", true],
      ["a_b_c_d_e", "abcde", true],
      ["a.b.c.d.e", "abcde", false],
    ])(
      "allows two changes, or one in three letters, ignoring separators: %s for %s is %s",
      (name, known, near) => {
        expect(nearestName(name, [known])).toBe(near ? known : undefined);
      },
    );

    it.each([
      ["b", ["ab"], "ab"],
      ["u", ["url", "jwks"], undefined],
      ["ri", ["jwksUri"], undefined],
      ["uri", ["jwksUri"], "jwksUri"],
    ])("suggests for a name as short as %s among %j the name %s", (name, known, meant) => {
      expect(nearestName(name, known)).toBe(meant);
    });
  });
});
