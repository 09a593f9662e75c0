import { describe, expect, it } from "vitest";
import { compileRateLimits } from "../../../functions/core/config/rate-limits.ts";
import { parseServerConfig } from "../../../functions/core/config/server-config.ts";
import { errorBody } from "../../../functions/core/error-response.ts";
import {
  type LimitDenial,
  limitResponse,
  rateLimitHeaders,
} from "../../../functions/core/rate-limit-response.ts";
import type { AppliedLimit } from "../../../functions/core/rate-limits.ts";

function appliedLimit(more: object = {}, called = "export_csv", units = 1): AppliedLimit {
  const written = { name: "few", per: ["sub"], limit: 5, window: "1m", ...more };
  const parsed = parseServerConfig(JSON.stringify({ url: "https://a.example/mcp", rate_limits: [written] }));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const [limit] = compileRateLimits(parsed.config.rate_limits, "tools");
  return { limit: limit as AppliedLimit["limit"], units, called, bucket: "all" };
}

const denied = (why: LimitDenial["why"], applied = appliedLimit(), retryMs = 22_001) =>
  limitResponse({ applied, why, retryMs });

describe("the error response to a denied call", () => {
  it.each<[string, LimitDenial["why"], AppliedLimit, number, object]>([
    [
      "that waits",
      "reached",
      appliedLimit(),
      22_001,
      {
        status: 429,
        reason: "rate_limited",
        headers: { "retry-after": "23" },
        limit: { name: "few", retryAfterSeconds: 23 },
        message:
          'Rate limit "few" is reached: 5 calls in 1m for each sub. Wait 23 seconds before you call export_csv again; a call before that is denied too.',
      },
    ],
    [
      "that waits a moment",
      "reached",
      appliedLimit({ per: [] }),
      0,
      {
        headers: { "retry-after": "1" },
        message:
          'Rate limit "few" is reached: 5 calls in 1m for all callers together. Wait 1 second before you call export_csv again; a call before that is denied too.',
      },
    ],
    [
      "that is blocked",
      "blocked",
      appliedLimit({ limit: 0 }),
      22_001,
      {
        status: 429,
        reason: "rate_limited",
        message:
          'Rate limit "few" allows no calls of export_csv. Do not call it again; the administrator can raise the limit.',
      },
    ],
    [
      "in a batch that is too large",
      "too_many",
      appliedLimit({}, "a", 7),
      0,
      {
        status: 429,
        reason: "rate_limited",
        message:
          'The body contains 7 calls that rate limit "few" counts, but it allows 5 calls in 1m for each sub. Send fewer calls in one body.',
      },
    ],
    [
      "without the claim",
      "claim_missing",
      appliedLimit({ per: ["dct"] }),
      0,
      {
        status: 403,
        reason: "rate_limit_claim_missing",
        limit: { name: "few" },
        message:
          'Rate limit "few" counts calls for each dct, which your token does not contain. Sign in again; if that does not help, ask the administrator.',
      },
    ],
    [
      "that could not be counted",
      "not_counted",
      appliedLimit(),
      0,
      {
        status: 503,
        reason: "rate_limit_unavailable",
        headers: { "retry-after": "5" },
        message:
          'The gateway could not count this call for rate limit "few" and did not forward it. Try again in 5 seconds.',
      },
    ],
  ])("%s states the status, the reason and what to do", (_what, why, applied, retryMs, expected) => {
    expect(denied(why, applied, retryMs)).toMatchObject(expected);
  });

  it("quotes the called name without control characters, cut to a maximum length", () => {
    const { message } = denied("reached", appliedLimit({}, `a\u202e${"b".repeat(300)}`));
    expect(message).toContain("call a\\u{202e}bbb");
    expect(message.length).toBeLessThan(450);
  });

  it("contains the limit and the wait in the error's data", () => {
    expect(JSON.parse(errorBody(denied("reached"), 7, "r1"))).toMatchObject({
      id: 7,
      error: {
        code: 429,
        data: { reason: "rate_limited", request_id: "r1", limit: "few", retry_after_seconds: 23 },
      },
    });
    expect(JSON.parse(errorBody(denied("claim_missing"), 7, "r1")).error.data).toEqual({
      reason: "rate_limit_claim_missing",
      request_id: "r1",
      limit: "few",
    });
  });
});

describe("the rate limit headers", () => {
  const window = appliedLimit();
  const bucket = appliedLimit({
    name: "steady",
    limit: undefined,
    window: undefined,
    burst: 3,
    per_second: 2,
  });
  const silent = appliedLimit({ name: "silent", mode: "log_only" });

  it("state each enforced limit and its remaining calls", () => {
    const states = [
      { applied: window, state: { remaining: 4, resetMs: 29_001 } },
      { applied: bucket, state: { remaining: 3, resetMs: 0 } },
    ];
    expect(rateLimitHeaders([window, bucket, silent], states)).toEqual({
      "ratelimit-policy": '"few";q=5;w=60, "steady";q=3;w=2',
      ratelimit: '"few";r=4;t=30, "steady";r=3;t=0',
    });
  });

  it("state only the limit if it could not be counted", () => {
    expect(rateLimitHeaders([window], [])).toEqual({ "ratelimit-policy": '"few";q=5;w=60' });
  });

  it("are absent if no limit is enforced", () => {
    expect(rateLimitHeaders([silent], [])).toEqual({});
  });
});
