import { describe, expect, it } from "vitest";
import { compileRateLimits, type RateLimit } from "../../../functions/core/config/rate-limits.ts";
import { parseServerConfig } from "../../../functions/core/config/server-config.ts";
import {
  appliedLimits,
  type Counter,
  counterOf,
  counterState,
  deniedForMs,
  mostAtOnce,
} from "../../../functions/core/rate-limits.ts";
import { messageFor } from "../../support/counted-proxy.ts";

const NOON = Date.UTC(2026, 0, 1, 12, 0, 0);

function limitOf(more: object): RateLimit {
  const file = { url: "https://tools.example.com/mcp", rate_limits: [{ name: "few", ...more }] };
  const parsed = parseServerConfig(JSON.stringify(file));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return compileRateLimits(parsed.config.rate_limits, "tools")[0] as RateLimit;
}

const WINDOW = limitOf({ per: ["sub"], limit: 5, window: "1m" });
const BUCKET = limitOf({ burst: 4, per_second: 0.5 });

const applied = (limit: RateLimit, texts: string[], claims: Record<string, unknown> = {}) =>
  appliedLimits([limit], texts.map((text) => messageFor(text)) as never, {
    sub: "U2alice",
    issuer: "https://issuer.example",
    claims,
  });

describe("the limits that apply to a request", () => {
  it("are empty if none is configured", () => {
    expect(appliedLimits([], [messageFor("add")] as never, { sub: "a", issuer: "i", claims: {} })).toEqual(
      [],
    );
  });

  it("count the messages that match and report the first", () => {
    expect(applied(WINDOW, ["tools/list", "add", "sub"])).toMatchObject([{ units: 2, called: "add" }]);
    const lists = limitOf({ methods: ["tools/list"], limit: 5, window: "1m" });
    expect(applied(lists, ["tools/list"])).toMatchObject([{ units: 1, called: "tools/list" }]);
  });

  it("do not count responses of the client", () => {
    const response = { id: 1, method: undefined, params: {} };
    expect(appliedLimits([WINDOW], [response], { sub: "a", issuer: "i", claims: {} })).toEqual([]);
  });

  it("are those whose claim rules match the caller", () => {
    const limit = limitOf({ when: { plan: { values: "free" } }, limit: 5, window: "1m" });
    expect(applied(limit, ["add"], { plan: "free" })).toMatchObject([{ bucket: "all" }]);
    expect(applied(limit, ["add"], { plan: "pro" })).toEqual([]);
  });

  it("count callers without the per claim together, or deny them", () => {
    const shared = limitOf({ per: ["sub", "dct"], limit: 5, window: "1m" });
    expect(applied(shared, ["add"])).toMatchObject([{ bucket: "missing" }]);
    const denying = limitOf({ per: ["dct"], limit: 5, window: "1m", missing_claim: "deny" });
    expect(applied(denying, ["add"])).toMatchObject([{ bucket: undefined }]);
  });

  it("count a tool, prompt or resource under a name that servers may read in several ways", () => {
    const tool = limitOf({ tools: ["export"], limit: 5, window: "1m" });
    expect(applied(tool, ["tools/call export\u200b", "tools/call", "tools/call other"])).toMatchObject([
      { units: 2 },
    ]);
    const resource = limitOf({ resources: ["docs://a/*"], limit: 5, window: "1m" });
    const uris = ["resources/read docs://a/../b", "resources/read docs://a/b", "resources/read docs://c/b"];
    expect(applied(resource, uris)).toMatchObject([{ units: 2 }]);
  });

  it("count another spelling of a protocol method, but not a method that only starts like one", () => {
    expect(applied(WINDOW, ["TOOLS/Call add"])).toHaveLength(1);
    expect(applied(WINDOW, ["tools/called add"])).toEqual([]);
  });

  it("can count every caller by subject and issuer", () => {
    const limit = limitOf({ per: ["sub", "iss"], limit: 5, window: "1m", missing_claim: "deny" });
    expect(applied(limit, ["add"])[0]?.bucket).toMatch(/^[0-9a-f]{64}$/);
  });

  it("count tasks, references and templates by the methods that use them", () => {
    const limit = limitOf({
      methods: ["tasks/get", "completion/complete"],
      prompts: ["a*"],
      resources: ["docs://a/*"],
      limit: 5,
      window: "1m",
    });
    const message = (method: string, params: object) =>
      appliedLimits([limit], [{ id: 1, method, params: params as never }], {
        sub: "a",
        issuer: "i",
        claims: {},
      }).length;
    expect(message("tasks/get", { taskId: "t" })).toBe(1);
    expect(message("completion/complete", { ref: { type: "ref/prompt", name: "abc" } })).toBe(1);
    expect(message("completion/complete", { ref: { type: "ref/prompt", name: "xyz" } })).toBe(0);
    expect(message("completion/complete", { ref: { type: "ref/resource", uri: "docs://a/b" } })).toBe(1);
    expect(message("completion/complete", { ref: { type: "ref/resource", uri: "docs://x/b" } })).toBe(0);
  });
});

describe("the key of a counter", () => {
  it("contains no claim value, and is equal for equal values", () => {
    const [first] = applied(WINDOW, ["add"], { sub: "other" });
    const bucket = first?.bucket ?? "";
    const { key } = counterOf(WINDOW, bucket, NOON + 59_999);
    expect(key).toMatch(/^tools\/few\/[0-9a-f]{64}\/60s\/1767268800$/);
    expect(counterOf(WINDOW, bucket, NOON).key).toBe(key);
    expect(counterOf(WINDOW, bucket, NOON + 60_000).key).not.toBe(key);
  });

  it("distinguishes strings from arrays and objects with the same JSON", () => {
    const limit = limitOf({ per: ["org"], limit: 5, window: "1m" });
    const bucket = (org: unknown) => applied(limit, ["add"], { org })[0]?.bucket;
    const all = [bucket("[1]"), bucket([1]), bucket({ a: 1 }), bucket(true), bucket("1")];
    expect(new Set(all).size).toBe(5);
    expect([bucket("true"), bucket("5")]).toEqual([bucket(true), bucket(5)]);
  });

  it("contains no time for a bucket", () => {
    expect(counterOf(BUCKET, "all", NOON)).toEqual({
      kind: "bucket",
      key: "tools/few/all/bucket",
      burst: 4,
      usPerCall: 2_000_000,
    });
  });
});

describe("the state of a counter", () => {
  const window = counterOf(WINDOW, "all", NOON + 15_000);
  const bucket = counterOf(BUCKET, "all", NOON);
  const full = (ahead: number) => NOON * 1_000 + ahead * 1_000_000;

  it.each<[string, Counter, number, object]>([
    ["an empty window", window, 0, { remaining: 5, resetMs: 45_000 }],
    ["a window that is used up", window, 5, { remaining: 0, resetMs: 45_000 }],
    ["a window whose limit was lowered", window, 9, { remaining: 0, resetMs: 45_000 }],
  ])("is correct for %s", (_what, counter, value, state) => {
    expect(counterState(counter, value, NOON + 15_000)).toEqual(state);
  });

  it.each<[string, number, object]>([
    ["a bucket that is full", full(-5), { remaining: 4, resetMs: 0 }],
    ["a bucket without one call", full(2), { remaining: 3, resetMs: 2_000 }],
    ["a bucket with a part of a call", full(3), { remaining: 2, resetMs: 1_000 }],
    ["a bucket that is empty", full(8), { remaining: 0, resetMs: 2_000 }],
    ["a bucket whose burst was lowered", full(10), { remaining: 0, resetMs: 2_000 }],
  ])("is correct for %s", (_what, value, state) => {
    expect(counterState(bucket, value, NOON)).toEqual(state);
  });

  it.each<[string, Counter, number, number, number]>([
    ["a window with room", window, 3, 2, 0],
    ["a window without room", window, 4, 2, 45_000],
    ["a bucket with room", bucket, full(4), 2, 0],
    ["a bucket without room", bucket, full(5), 2, 1_000],
  ])("denies for the expected time: %s", (_what, counter, value, units, ms) => {
    expect(deniedForMs(counter, value, units, counter.kind === "window" ? NOON + 15_000 : NOON)).toBe(ms);
  });

  it("denies nothing after the window has ended", () => {
    expect(deniedForMs(window, 5, 1, NOON + 90_000)).toBe(0);
  });

  it("never allows more at once than the limit or the burst", () => {
    expect([mostAtOnce(WINDOW), mostAtOnce(BUCKET)]).toEqual([5, 4]);
  });
});
