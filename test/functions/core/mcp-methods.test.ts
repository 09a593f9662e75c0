import { describe, expect, it } from "vitest";
import { isKnownMethod, protocolMethodLike, subjectOfMethod } from "../../../functions/core/mcp-methods.ts";

const REQUESTS = [
  ["initialize", "none"],
  ["ping", "none"],
  ["server/discover", "none"],
  ["logging/setLevel", "none"],
  ["tools/list", "none"],
  ["tools/call", "tool"],
  ["prompts/list", "none"],
  ["prompts/get", "prompt"],
  ["resources/list", "none"],
  ["resources/templates/list", "none"],
  ["resources/read", "resource"],
  ["resources/subscribe", "resource"],
  ["resources/unsubscribe", "resource"],
  ["completion/complete", "reference"],
  ["subscriptions/listen", "subscriptions"],
  ["tasks/list", "none"],
  ["tasks/get", "task"],
  ["tasks/result", "task"],
  ["tasks/update", "task"],
  ["tasks/cancel", "task"],
] as const;

const known = (method: string | undefined, id: number | undefined = 1, extras: string[] = []) =>
  isKnownMethod({ id, method, params: {} }, new Set(extras));

describe("isKnownMethod", () => {
  it.each(REQUESTS)("returns true for %s", (method) => {
    expect(known(method)).toBe(true);
    expect(isKnownMethod({ id: undefined, method, params: {} }, new Set())).toBe(true);
  });

  it.each([
    "tool\u017f/call",
    "Tools/Call",
    "TOOLS/CALL",
    "tools/call ",
    " tools/call",
    "tools/call\u0085",
    "\ufefftools/call",
    "tools/call\0",
    "tools//call",
    "tools/call/",
    "/tools/call",
    "tools/call2",
    "tools/run",
    "tools.call",
    "vendor/reindex",
    "constructor",
    "__proto__",
    "",
    "notifications/initialized",
  ])("returns false for the request %j", (method) => expect(known(method)).toBe(false));

  it("returns true for a method that the configuration adds, only in exactly its spelling", () => {
    expect(known("vendor/reindex", 1, ["vendor/reindex"])).toBe(true);
    expect(known("Vendor/reindex", 1, ["vendor/reindex"])).toBe(false);
  });

  it("returns true for notifications and responses", () => {
    const message = (method: string | undefined) => ({ id: undefined, method, params: {} });
    for (const method of ["notifications/initialized", "notifications/vendor/x", undefined])
      expect(isKnownMethod(message(method), new Set())).toBe(true);
    const others = [
      "Notifications/x",
      "notifications/",
      "notifications/x ",
      "notifications/x\n",
      "xnotifications/x",
    ];
    for (const method of [...others, `notifications/${"x".repeat(129)}`])
      expect(isKnownMethod(message(method), new Set())).toBe(false);
  });
});

describe("subjectOfMethod", () => {
  it.each([
    ...REQUESTS,
    [undefined, "none"],
    ["Tools/Call", "tool"],
    ["tool\u017f/call", "tool"],
    [" tools/call\u0085", "tool"],
    ["Completion/Complete", "reference"],
    ["tools/run", "tool"],
    ["prompts/run", "prompt"],
    ["resources/write", "resource"],
    ["tasks/pause", "task"],
    ["vendor/tools/run", "none"],
    ["notifications/cancelled", "none"],
  ] as const)("for %j is %s", (method, subject) => expect(subjectOfMethod(method)).toBe(subject));
});

describe("protocolMethodLike", () => {
  it.each([
    ["tools/call", "tools/call"],
    ["Tools/Call", "tools/call"],
    ["tool\u017f/call", "tools/call"],
    ["logging/setlevel", "logging/setLevel"],
    ["tools/call2", undefined],
    ["vendor/call", undefined],
  ])("for %j is %s", (method, like) => expect(protocolMethodLike(method)).toBe(like));
});
