import { expect, it } from "vitest";
import { explainLimits, limitLine } from "../../cli/explain-limits.ts";
import { configSnapshot } from "../support/gateway-config.ts";

const QUOTA = { limit: 5, window: "1m" };

function lines(claims: Record<string, unknown>): string[] {
  const { servers } = configSnapshot({
    gateway: { rate_limits: [{ name: "wide", ...QUOTA }] },
    servers: {
      tools: {
        rate_limits: [
          { name: "free", per: ["sub"], when: { plan: { values: "free" } }, ...QUOTA },
          { name: "tenant", per: ["dct"], ...QUOTA, mode: "log_only" },
          { name: "strict", per: ["org"], ...QUOTA, missing_claim: "deny", methods: ["tools/list"] },
        ],
      },
    },
  });
  const limits = servers.get("tools")?.rateLimits ?? [];
  return explainLimits(limits, { sub: "U2alice", issuer: "https://issuer.example", claims }).map(limitLine);
}

it("says which limits apply to a caller, and with whose calls theirs are counted", () => {
  expect(lines({ plan: "free", dct: "T1", org: "O1" })).toEqual([
    "wide: 5 calls in 1m of tools/call, all callers together",
    "free: 5 calls in 1m of tools/call, for each sub",
    "tenant: 5 calls in 1m of tools/call, for each dct (log_only)",
    "strict: 5 calls in 1m of tools/list, for each org",
  ]);
});

it("says which limits do not apply, and what a missing claim does", () => {
  expect(lines({ plan: "pro" })).toEqual([
    "wide: 5 calls in 1m of tools/call, all callers together",
    'free: 5 calls in 1m of tools/call, for each sub; does not apply: a rule of "when" does not match',
    "tenant: 5 calls in 1m of tools/call, together with all callers without dct (log_only)",
    'strict: 5 calls in 1m of tools/list, for each org; denies the call: the token lacks a claim of "per"',
  ]);
});
