// Selects the limits that apply to a request (by its messages and the caller's claims), and calculates their counters.
// Counter keys contain hashes of claim values: the table contains no subject, tenant or address.
import { accessTargets, sentName } from "./access.ts";
import { nameFault } from "./canonical-name.ts";
import { plainPunctuation, uriFault } from "./canonical-uri.ts";
import { type Claims, claimMatches, readClaim } from "./claims.ts";
import type { EffectiveServer } from "./config/effective-server.ts";
import type { RateLimit } from "./config/rate-limits.ts";
import { exactNumberText } from "./exact-number.ts";
import { canonicalHash, canonicalJson } from "./json.ts";
import type { McpMessage } from "./mcp-message.ts";
import { protocolMethodLike } from "./mcp-methods.ts";
import type { Principal } from "./principal.ts";

export type AppliedLimit = {
  limit: RateLimit;
  /** number of messages of the body that count */
  units: number;
  /** what the first of them calls, as the client sent it: a tool's name, or the method */
  called: string;
  /** see {@link bucketOf} */
  bucket: string | undefined;
};

/** The bucket of callers whose token lacks a claim of `per`. */
export const MISSING = "missing";

/**
 * The limits that apply to a request, in the order of the configuration.
 *
 * @param server provides the names that tools have for clients
 */
export function appliedLimits(
  limits: readonly RateLimit[],
  messages: readonly McpMessage[],
  principal: Pick<Principal, "claims" | "sub" | "issuer">,
  server: Pick<EffectiveServer, "curation"> = { curation: undefined },
): AppliedLimit[] {
  if (limits.length === 0) return [];
  const claims = limitClaims(principal);
  return limits.flatMap((limit) => {
    const counted = messages.filter((message) => counts(message, limit));
    const [first] = counted;
    if (first === undefined || !appliesTo(limit, claims)) return [];
    const [target] = accessTargets(first);
    const called = (target && sentName(target, server)) ?? (first.method as string);
    return [{ limit, units: counted.length, called, bucket: bucketOf(limit, claims) }];
  });
}

/**
 * The claims that limits read. Subject and issuer are always known. If limits are added to the configuration, other claims are known
 * once the authorizer's cached results have expired.
 */
export function limitClaims({ claims, sub, issuer }: Pick<Principal, "claims" | "sub" | "issuer">): Claims {
  return { ...claims, sub, iss: issuer };
}

/** Whether a limit applies to a caller, by its `when`. */
export function appliesTo({ when }: Pick<RateLimit, "when">, claims: Claims): boolean {
  return when.every((rule) => claimMatches(claims, rule));
}

/**
 * The part of the counter's key that identifies the caller: callers with the same bucket share a counter.
 *
 * @returns undefined if the caller lacks a claim of `per` and the limit denies such callers
 */
export function bucketOf(
  { per, sharesMissing }: Pick<RateLimit, "per" | "sharesMissing">,
  claims: Claims,
): string | undefined {
  if (per.length === 0) return "all";
  const values = per.map((claim) => valueText(readClaim(claims, claim)));
  if (values.includes(undefined)) return sharesMissing ? MISSING : undefined;
  return canonicalHash([per, values]);
}

/** Scalars as text, as claim rules compare them; lists and objects as canonical JSON. */
function valueText(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string" || typeof value === "boolean") return `=${value}`;
  const number = exactNumberText(value);
  return number === undefined ? canonicalJson(value) : `=${number}`;
}

/**
 * Whether a message counts. A server may accept other spellings of a method or name, which must not bypass a limit: a method that
 * resembles one of the protocol's counts as that method, and a missing or non-canonical name counts for every limit on names.
 */
function counts(message: McpMessage, { methods, covers }: RateLimit): boolean {
  const { method } = message;
  if (method === undefined) return false;
  if (!methods.has(method) && !methods.has(protocolMethodLike(method) ?? "")) return false;
  const targets = accessTargets(message);
  if (targets.length === 0) return true;
  return targets.some(({ kind, name }) => {
    const covered = kind === "task" ? undefined : covers[kind === "template" ? "resource" : kind];
    if (covered === undefined || name === undefined) return true;
    if (kind === "tool" || kind === "prompt") return nameFault(name) !== undefined || covered(name);
    return uriFault(name) !== undefined || covered(plainPunctuation(name));
  });
}

/** A counter's attributes in the table. `value`: calls in a window, or the time in microseconds at which a bucket is full. */
export const COUNTER_ATTRIBUTES = {
  key: "pk",
  value: "counted",
  expires: "expires",
  mixed: "mixed",
} as const;

export type Counter = WindowCounter | BucketCounter;

/** Calls in one window. */
export type WindowCounter = {
  kind: "window";
  key: string;
  limit: number;
  /** when the window ends, in milliseconds since 1970 */
  endsAt: number;
};

/**
 * A token bucket, stored as the time at which it is full again (GCRA): each call adds `usPerCall` to that time and is allowed if the
 * time is then at most the whole burst ahead of now. Times are whole microseconds, so that sums are exact.
 */
export type BucketCounter = {
  kind: "bucket";
  key: string;
  burst: number;
  usPerCall: number;
};

/** The counter of a limit for a bucket. `now` is in milliseconds since 1970. */
export function counterOf({ scope, name, quota }: RateLimit, bucket: string, now: number): Counter {
  const key = `${scope}/${name}/${bucket}`;
  if (quota.kind === "bucket") {
    const usPerCall = Math.ceil(quota.secondsPerCall * 1e6);
    return { kind: "bucket", key: `${key}/bucket`, burst: quota.burst, usPerCall };
  }
  const windowMs = quota.windowSeconds * 1_000;
  const startsAt = Math.floor(now / windowMs) * windowMs;
  return {
    kind: "window",
    key: `${key}/${quota.windowSeconds}s/${startsAt / 1_000}`,
    limit: quota.limit,
    endsAt: startsAt + windowMs,
  };
}

/** How many more calls a counter allows now, and when it allows more. */
export type CounterState = { remaining: number; resetMs: number };

/** The state of a counter whose stored value is `value`. `now` is in milliseconds since 1970. */
export function counterState(counter: Counter, value: number, now: number): CounterState {
  if (counter.kind === "window") {
    return { remaining: Math.max(0, counter.limit - value), resetMs: counter.endsAt - now };
  }
  const { burst, usPerCall } = counter;
  const aheadUs = Math.max(0, value - now * 1_000);
  return {
    remaining: Math.max(0, Math.floor(burst - aheadUs / usPerCall)),
    resetMs: (aheadUs % usPerCall || (aheadUs === 0 ? 0 : usPerCall)) / 1_000,
  };
}

/** For how many milliseconds a counter whose stored value is `value` denies `units` more calls. */
export function deniedForMs(counter: Counter, value: number, units: number, now: number): number {
  if (counter.kind === "window") return value + units > counter.limit ? Math.max(0, counter.endsAt - now) : 0;
  const latestUs = now * 1_000 + (counter.burst - units) * counter.usPerCall;
  return Math.max(0, (value - latestUs) / 1_000);
}

/** The most calls that a limit can allow at once. */
export function mostAtOnce({ quota }: RateLimit): number {
  return quota.kind === "window" ? quota.limit : quota.burst;
}
