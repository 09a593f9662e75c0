import { describe, expect, it } from "vitest";
import { namePatternFault, uriPatternFault } from "../../../../functions/core/config/access-patterns.ts";

describe("namePatternFault", () => {
  it.each(["*", "admin_*", "*_list", "a b*", "été"])("accepts %s", (pattern) =>
    expect(namePatternFault(pattern)).toBeUndefined(),
  );

  it.each([
    [" admin_*", ' Write "admin_*".'],
    ["admin ", ' Write "admin".'],
    ["e\u0301*", ' Write "\u00e9*".'],
    ["ad\u200bmin", " Write it as the server lists it."],
    ["admin\n", ' Write "admin".'],
    ["x".repeat(257), " Write it as the server lists it."],
    ["", " Write it as the server lists it."],
  ])("rejects %j, which no name matches", (pattern, advice) => {
    const fault = namePatternFault(pattern) as string;
    expect(fault).toMatch(/^expected a name or a glob (?:in|with|that)/);
    expect(fault.endsWith(`: names in another form reach no server.${advice}`)).toBe(true);
  });
});

describe("uriPatternFault", () => {
  it.each([
    "*",
    "**",
    "file:///private/*",
    "docs://private/*",
    "docs://private*",
    "docs*",
    "docs:*",
    "*://private/*",
    "*//private/*",
    "*/private/*",
    "*private*",
    "*.txt",
    "*?secret*",
    "docs://*:8080/*",
    "docs://h:*/x",
    "docs://[*]/x",
    "docs://a/..*",
    "docs://a/*/b/*/c/*/d/*",
    "docs://a/b%20c*",
    "*%20*",
    "https://example.com/*",
    "https://example.com*",
  ])("accepts %s", (pattern) => expect(uriPatternFault(pattern)).toBeUndefined());

  it.each([
    ["DOCS://Private/A*", "docs://private/A*"],
    ["docs://a/./b*", "docs://a/b*"],
    ["docs://a/x/../b/*", "docs://a/b/*"],
    ["docs://a/../../b", "docs://a/b"],
    ["docs://a//b", "docs://a/b"],
    ["docs://a/%41*", "docs://a/A*"],
    ["docs://a/caf%c3%a9", "docs://a/caf%C3%A9"],
    ["docs://a/caf\u00e9/*", "docs://a/caf%C3%A9/*"],
    ["docs://a/cafe\u0301", "docs://a/caf%C3%A9"],
    ["docs://a/b c?d=e", "docs://a/b%20c?d=e"],
    ["docs://a/b#*", "docs://a/b"],
    ["https://Example.com:443/a", "https://example.com/a"],
    ["http://example.com:80/a", "http://example.com/a"],
    ["docs://a:/b", "docs://a/b"],
    ["docs://user@a/b", "docs://a/b"],
    ["file:/x", "file:///x"],
    ["file://localhost/x", "file:///x"],
  ])("rejects %s and names %s", (pattern, spelling) => {
    const fault = uriPatternFault(pattern) as string;
    expect(fault).toMatch(/^expected a URI or a glob (?:in|of|with|that)/);
    expect(fault.endsWith(`: URIs in another form reach no server. Write "${spelling}".`)).toBe(true);
  });

  it.each([
    "",
    "private/*",
    "docs:private/*",
    "urn:isbn:*",
    "docs:///private/*",
    "docs://./private/*",
    "docs://a/%2F*",
    "docs://a/b%25*",
    "docs://a/b;*",
    "docs://{name}/*",
    "docs://a//*//b/*/c",
    "docs://a\ud800/*",
    "https://user:password@example.com:8443/*/*/..",
  ])("rejects %j, which no URI matches", (pattern) => {
    expect(uriPatternFault(pattern)).toMatch(/: URIs in another form reach no server\. Write /);
  });

  it("rejects an escape of punctuation, to which no rule is applied", () => {
    expect(uriPatternFault("docs://a/b%281%29*")).toBe(
      'expected punctuation as it is, got "docs://a/b%281%29*": rules apply to URIs without escapes of it. Write "docs://a/b(1)*".',
    );
  });

  it.each(["docs://a/%2*", "docs://a/%*", "docs://a/%", "docs://a/%2"])(
    "rejects %s, which cuts an escape",
    (pattern) =>
      expect(uriPatternFault(pattern)).toBe(
        `expected whole escapes (%20), got "${pattern}": a "*" cannot stand for a part of one.`,
      ),
  );
});
