// Counts a request against all of its limits or none, with parallel updates: several limits cost one round trip.
//
// A DynamoDB transaction costs twice the writes and fails with a conflict if two requests update one counter at the same time, the
// normal case for a limit that all callers share. Instead, the other counters are decremented when one limit denies. Until then they are
// too high, and may deny another request. Such a denial is retried after a pause, limit by limit, from the narrowest to the widest.
import { setTimeout as sleep } from "node:timers/promises";
import type { LimitDenial, LimitState } from "../core/rate-limit-response.ts";
import {
  type AppliedLimit,
  type Counter,
  counterOf,
  counterState,
  deniedForMs,
  mostAtOnce,
} from "../core/rate-limits.ts";
import type { RateLimitStore } from "../platform/rate-limit-store.ts";
import { cacheReachedLimits, type ReachedLimits } from "./reached-limits.ts";

/** The result of counting a request. */
export type Counted = {
  /** undefined: the request is allowed, and counted by every limit that is in neither `failures` nor `logged` */
  denial: LimitDenial | undefined;
  /** limits in `log_only` mode that would have denied it */
  logged: readonly LimitDenial[];
  /** limits that could not be counted, with the cause */
  failures: readonly { applied: AppliedLimit; cause: unknown }[];
  /** enforced limits whose counter is known */
  states: readonly LimitState[];
};

/** Counts a request. Never rejects: limits that can't be counted are in `failures`. */
export type CountRequest = (applied: readonly AppliedLimit[]) => Promise<Counted>;

export type CountParts = {
  store: RateLimitStore;
  reached?: ReachedLimits;
  /** milliseconds since 1970 */
  now?: () => number;
};

/** Limits for retrying a denial that may have been caused by a counter that was temporarily too high. */
const MAX_ATTEMPTS = 4;
const RETRY_WITHIN_MS = 800;
const SHORTEST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 200;

type Asked = { applied: AppliedLimit; counter: Counter };
type Outcome = Asked &
  (
    | { type: "taken"; value: number }
    | { type: "denied"; value: number; mixed: boolean }
    | { type: "failed"; cause: unknown }
  );

/** Creates the counter. Clock and cache are replaced in tests. */
export function createRequestCounter({
  store,
  reached = cacheReachedLimits(),
  now = Date.now,
}: CountParts): CountRequest {
  return async (applied) => {
    const startedAt = now();
    for (let attempt = 1; ; attempt++) {
      const at = now();
      const local = applied.map((each) => localDenial(each, at));
      const denied = local.find((denial) => denial?.applied.limit.enforced);
      if (denied !== undefined) return locallyDenied(denied);
      const asked = applied
        .filter((_, index) => local[index] === undefined)
        .map((each) => ({ applied: each, counter: counterOf(each.limit, each.bucket as string, at) }));
      const inOrder = attempt > 1 || asked.some(({ counter }) => reached.isContended(counter, at));
      const outcomes = await (inOrder ? takeInOrder(asked, at) : takeAll(asked, at));
      const stopping = outcomes.filter(stops);
      const logged = local.filter((denial) => denial !== undefined);
      if (stopping.length === 0) {
        cacheDenials(outcomes, at);
        return countedOf(outcomes, logged, undefined, at);
      }
      const tookMs = now() - at;
      await giveBack(outcomes);
      // No retry if DynamoDB does not respond, or if no other request can have raised the counter temporarily.
      const mayPass = stopping.every((outcome) => outcome.type === "denied" && outcome.mixed);
      if (mayPass && attempt < MAX_ATTEMPTS && now() - startedAt < RETRY_WITHIN_MS) {
        for (const { counter } of stopping) reached.contended(counter, at);
        await sleep(pauseMs(tookMs));
        continue;
      }
      cacheDenials(outcomes, at);
      return countedOf(outcomes, logged, denialOf(stopping, at), at);
    }
  };

  function localDenial(applied: AppliedLimit, at: number): LimitDenial | undefined {
    const { limit, bucket, units } = applied;
    if (bucket === undefined) return { applied, why: "claim_missing", retryMs: 0 };
    const counter = counterOf(limit, bucket, at);
    if (units > mostAtOnce(limit)) {
      const why = mostAtOnce(limit) === 0 ? "blocked" : "too_many";
      return { applied, why, retryMs: counter.kind === "window" ? counter.endsAt - at : 0 };
    }
    const value = reached.denyingValue(counter, units, at);
    if (value === undefined) return undefined;
    return { applied, why: "reached", retryMs: deniedForMs(counter, value, units, at) };
  }

  function takeAll(asked: readonly Asked[], at: number): Promise<Outcome[]> {
    return Promise.all(asked.map((each) => take(each, at, asked.length > 1)));
  }

  /** Narrow limits first: if a later limit denies, the counters that were too high affect the fewest other callers. */
  async function takeInOrder(asked: readonly Asked[], at: number): Promise<Outcome[]> {
    const ordered = [...asked].sort(byWidth);
    const outcomes: Outcome[] = [];
    for (const [index, each] of ordered.entries()) {
      const outcome = await take(each, at, asked.length > 1);
      outcomes.push(outcome);
      if (stops(outcome)) break;
      // If DynamoDB does not respond, the timeouts of the others must not add up.
      if (outcome.type === "failed") return [...outcomes, ...(await takeAll(ordered.slice(index + 1), at))];
    }
    return outcomes;
  }

  async function take(asked: Asked, at: number, mixed: boolean): Promise<Outcome> {
    try {
      const result = await store.take(asked.counter, asked.applied.units, at, mixed);
      return result.taken
        ? { ...asked, type: "taken", value: result.value }
        : { ...asked, type: "denied", value: result.value, mixed: result.mixed };
    } catch (cause) {
      return { ...asked, type: "failed", cause };
    }
  }

  /** A call that can't be given back stays counted until the window ends. */
  async function giveBack(outcomes: readonly Outcome[]): Promise<void> {
    const taken = outcomes.filter(({ type }) => type === "taken");
    await Promise.allSettled(taken.map(({ counter, applied }) => store.giveBack(counter, applied.units)));
  }

  function cacheDenials(outcomes: readonly Outcome[], at: number): void {
    for (const outcome of outcomes)
      if (outcome.type === "denied") reached.reached(outcome.counter, outcome.value, at);
  }
}

function byWidth({ applied: { limit: a } }: Asked, { applied: { limit: b } }: Asked): number {
  const gatewayWide = Number(a.scope === "*") - Number(b.scope === "*");
  return b.per.length - a.per.length || gatewayWide;
}

function stops({ type, applied: { limit } }: Outcome): boolean {
  if (type === "denied") return limit.enforced;
  return type === "failed" && limit.enforced && limit.deniesOnFailure;
}

/** About the duration of the attempt, so that other requests can give back their calls; with jitter, to avoid another collision. */
function pauseMs(tookMs: number): number {
  const base = Math.min(Math.max(tookMs, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS);
  return base * (1 + Math.random());
}

function denialOf(stopping: readonly Outcome[], at: number): LimitDenial {
  const denials = stopping.map((outcome): LimitDenial => {
    const { applied, counter } = outcome;
    if (outcome.type !== "denied") return { applied, why: "not_counted", retryMs: 0 };
    return {
      applied,
      why: "reached",
      retryMs: deniedForMs(counter, outcome.value, applied.units, at),
    };
  });
  // The longest wait: a client that waits for a shorter one would be denied again.
  return denials.reduce((longest, each) => (each.retryMs > longest.retryMs ? each : longest));
}

function locallyDenied(denial: LimitDenial): Counted {
  const { applied, why } = denial;
  const states =
    why === "reached" || why === "blocked"
      ? [{ applied, state: { remaining: 0, resetMs: denial.retryMs } }]
      : [];
  return { denial, logged: [], failures: [], states };
}

function countedOf(
  outcomes: readonly Outcome[],
  local: readonly LimitDenial[],
  denial: LimitDenial | undefined,
  at: number,
): Counted {
  const logged = outcomes.filter(({ type, applied }) => type === "denied" && !applied.limit.enforced);
  return {
    denial,
    logged: [...local, ...logged.map((outcome) => denialOf([outcome], at))],
    failures: outcomes.flatMap((outcome) =>
      outcome.type === "failed" ? [{ applied: outcome.applied, cause: outcome.cause }] : [],
    ),
    states: outcomes.flatMap((outcome) =>
      outcome.type === "failed" || !outcome.applied.limit.enforced ? [] : [stateOf(outcome, denial, at)],
    ),
  };
}

/** The state of a counter. After a denial, the calls that were given back are subtracted. */
function stateOf(
  { applied, counter, value, type }: Exclude<Outcome, { type: "failed" }>,
  denial: LimitDenial | undefined,
  at: number,
): LimitState {
  const perUnit = counter.kind === "window" ? 1 : counter.usPerCall;
  const stored = type === "taken" && denial !== undefined ? value - applied.units * perUnit : value;
  return { applied, state: counterState(counter, stored, at) };
}
