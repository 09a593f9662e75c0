// Requests that count against several limits, by several environments at once.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { compileRateLimits } from "../../../functions/core/config/rate-limits.ts";
import { parseServerConfig } from "../../../functions/core/config/server-config.ts";
import { appliedLimits } from "../../../functions/core/rate-limits.ts";
import type { RateLimitStore, Taken } from "../../../functions/platform/rate-limit-store.ts";
import { type Counted, createRequestCounter } from "../../../functions/proxy/count-request.ts";
import { type Counters, messageFor, startCounters } from "../../support/counted-proxy.ts";

/** The test's clock stands still: no window ends, and retries are not limited by the machine's load. */
const now = () => Date.UTC(2026, 0, 1, 12);

let counters: Counters;
let scope = 0;

beforeAll(async () => {
  counters = await startCounters();
});
beforeEach(() => {
  scope += 1;
});
afterAll(() => counters?.close());

function limitsOf(...written: object[]) {
  const parsed = parseServerConfig(JSON.stringify({ url: "https://a.example/mcp", rate_limits: written }));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return compileRateLimits(parsed.config.rate_limits, `scope-${scope}`);
}

const appliedTo = (limits: ReturnType<typeof limitsOf>, sub: string, tenant = "T1") =>
  appliedLimits(limits, [messageFor("add")] as never, { sub, issuer: "i", claims: { dct: tenant } });

const nameOf = ({ denial }: Counted) => denial?.applied.limit.name;

describe("several rate limits on one request", () => {
  it("allow exactly the permitted number of calls, however many environments count", {
    timeout: 120_000,
  }, async () => {
    const limits = limitsOf(
      { name: "all", limit: 30, window: "1h" },
      { name: "tenant", per: ["dct"], limit: 20, window: "1h" },
      { name: "user", per: ["sub"], limit: 4, window: "1h" },
      { name: "steady", burst: 28, per_second: 0.001 },
    );
    const environments = Array.from({ length: 4 }, () =>
      createRequestCounter({ store: counters.store(), now }),
    );
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, async (_, client) => {
        const own: Counted[] = [];
        for (let call = 0; call < 6; call++) {
          const count = environments[(client + call) % 4];
          own.push((await count?.(appliedTo(limits, `u${client}`, `T${client % 2}`))) as Counted);
        }
        return own;
      }),
    );
    const passed = outcomes.map((own) => own.filter(({ denial }) => denial === undefined).length);
    expect(outcomes.flat().flatMap(({ failures }) => failures)).toEqual([]);
    expect(passed.reduce((sum, count) => sum + count)).toBe(28);
    expect(Math.max(...passed)).toBeLessThanOrEqual(4);
  });

  it("are counted in parallel, so the second does not wait for the first", async () => {
    const limits = limitsOf({ name: "one", limit: 5, window: "1h" }, { name: "two", limit: 5, window: "1h" });
    const started: string[] = [];
    let open = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const store: RateLimitStore = {
      async take({ key }): Promise<Taken> {
        started.push(key);
        if (started.length === 2) open();
        await opened;
        return { taken: true, value: 1 };
      },
      giveBack: async () => {},
      warm: async () => {},
    };
    expect(nameOf(await createRequestCounter({ store, now })(appliedTo(limits, "a")))).toBeUndefined();
  });

  it("deny by the limit with the longest wait", async () => {
    const limits = limitsOf(
      { name: "minute", limit: 1, window: "1m" },
      { name: "day", limit: 1, window: "1d" },
    );
    const count = createRequestCounter({ store: counters.store(), now });
    await count(appliedTo(limits, "a"));
    const other = createRequestCounter({ store: counters.store(), now });
    const denied = await other(appliedTo(limits, "a"));
    expect(["minute", "day"]).toContain(nameOf(denied));
    expect(denied.states.every(({ state }) => state.remaining === 0)).toBe(true);
  });

  it("report after a denial the remaining calls of the limits that would have allowed", async () => {
    const limits = limitsOf(
      { name: "many", limit: 10, window: "1h" },
      { name: "few", per: ["sub"], limit: 1, window: "1h" },
    );
    const [first, second] = [1, 2].map(() => createRequestCounter({ store: counters.store(), now }));
    await first?.(appliedTo(limits, "a"));
    const denied = await second?.(appliedTo(limits, "a"));
    expect(denied && nameOf(denied)).toBe("few");
    const left = denied?.states.map(({ applied, state }) => [applied.limit.name, state.remaining]);
    expect(left).toContainEqual(["few", 0]);
  });
});

describe("a counter that cannot be reached", () => {
  const failing = (ok: string): RateLimitStore => {
    const store = counters.store();
    return {
      ...store,
      take: (counter, ...rest) =>
        counter.key.includes(ok) ? store.take(counter, ...rest) : Promise.reject(new Error("down")),
    };
  };

  it("leaves the decision to the other limits", async () => {
    const limits = limitsOf(
      { name: "lost", limit: 5, window: "1h" },
      { name: "good", limit: 1, window: "1h" },
    );
    const count = createRequestCounter({ store: failing("/good/"), now });
    expect(nameOf(await count(appliedTo(limits, "a")))).toBeUndefined();
    const second = await count(appliedTo(limits, "a"));
    expect([nameOf(second), second.failures.length]).toEqual(["good", 1]);
  });

  it("denies if on_store_failure is set to deny, and returns the units that the other limits counted", async () => {
    const limits = limitsOf(
      { name: "lost", limit: 5, window: "1h", on_store_failure: "deny" },
      { name: "good", limit: 1, window: "1h" },
    );
    const count = createRequestCounter({ store: failing("/good/"), now });
    expect(nameOf(await count(appliedTo(limits, "a")))).toBe("lost");
    const good = limits.filter(({ name }) => name === "good");
    const after = await createRequestCounter({ store: counters.store(), now })(appliedTo(good, "a"));
    expect(nameOf(after)).toBeUndefined();
  });
});
