// Which limits a request counts against, by the messages of its body and the claims of its caller, and under which key each is counted.
// Keys hold hashes of claim values, so that the table names no subject, tenant or address.
import { accessTargets } from "./access.ts";
import { nameFault } from "./canonical-name.ts";
import { plainPunctuation, uriFault } from "./canonical-uri.ts";
import { type Claims, claimMatches, readClaim } from "./claims.ts";
import type { RateLimit } from "./config/rate-limits.ts";
import { exactNumberText } from "./exact-number.ts";
import { canonicalHash, canonicalJson } from "./json.ts";
import type { McpMessage } from "./mcp-message.ts";
import { protocolMethodLike } from "./mcp-methods.ts";
import type { Principal } from "./principal.ts";

/** A limit that applies to a request. */
export type AppliedLimit = {
  limit: RateLimit;
  /** how many messages of the body count */
  units: number;
  /** what the first of them calls, as the client wrote it: a tool's name, or the method */
  called: string;
  /** whose calls are counted together; undefined where the token lacks a claim and the limit denies such callers */
  bucket: string | undefined;
};

/** Where callers are counted who lack a claim of `per`. */
export const MISSING = "missing";

/**
 * The limits that a request counts against, in the order of the configuration.
 *
 * @param limits the limits of the server that is called
 * @param messages the messages of the body
 * @param principal the caller
 */
export function appliedLimits(
  limits: readonly RateLimit[],
  messages: readonly McpMessage[],
  principal: Pick<Principal, "claims" | "sub" | "issuer">,
): AppliedLimit[] {
  if (limits.length === 0) return [];
  const claims = limitClaims(principal);
  return limits.flatMap((limit) => {
    const counted = messages.filter((message) => counts(message, limit));
    const [first] = counted;
    if (first === undefined || !appliesTo(limit, claims)) return [];
    const called = accessTargets(first)[0]?.name ?? (first.method as string);
    return [{ limit, units: counted.length, called, bucket: bucketOf(limit, claims) }];
  });
}

/**
 * The claims that limits are applied by. Subject and issuer are known of every caller, also of one whom the authorizer admitted before
 * the configuration had limits; other claims are known after its cached result has expired.
 */
export function limitClaims({ claims, sub, issuer }: Pick<Principal, "claims" | "sub" | "issuer">): Claims {
  return { ...claims, sub, iss: issuer };
}

/** Whether a limit is for callers with these claims. */
export function appliesTo({ when }: Pick<RateLimit, "when">, claims: Claims): boolean {
  return when.every((rule) => claimMatches(claims, rule));
}

/**
 * Whose calls are counted together with those of a caller.
 *
 * @returns undefined where the caller lacks a claim of `per` and the limit denies such callers
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

/** Scalars by their text, as claim rules compare them; lists and objects by their canonical JSON. */
function valueText(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string" || typeof value === "boolean") return `=${value}`;
  const number = exactNumberText(value);
  return number === undefined ? canonicalJson(value) : `=${number}`;
}

/**
 * Whether a message counts. Servers may read another spelling of a method or a name as the one that is limited: a method is taken for
 * the protocol's that it resembles, and a name that is missing or not in its one form counts for every limit on names.
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

/** Names of a counter's attributes in the table. `value`: calls of a window, or the microsecond at which a bucket is full. */
export const COUNTER_ATTRIBUTES = {
  key: "pk",
  value: "counted",
  expires: "expires",
  mixed: "mixed",
} as const;

/** One counter in the table. */
export type Counter = WindowCounter | BucketCounter;

/** Calls of one window. */
export type WindowCounter = {
  kind: "window";
  key: string;
  limit: number;
  /** when the window ends, in milliseconds since 1970 */
  endsAt: number;
};

/**
 * A token bucket, as the time at which it will be full again (GCRA): each call moves that time on by `usPerCall`, and a call passes where
 * it would not lie further ahead than the whole burst. Times in microseconds: whole numbers, so that sums are exact.
 */
export type BucketCounter = {
  kind: "bucket";
  key: string;
  burst: number;
  usPerCall: number;
};

/**
 * The counter of a limit and a bucket at a time.
 *
 * @param limit the limit
 * @param bucket as {@link bucketOf} gives it
 * @param now milliseconds since 1970
 */
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

/** What a counter says: how many more calls it allows now, and when it allows more. */
export type CounterState = { remaining: number; resetMs: number };

/**
 * The state of a counter.
 *
 * @param counter the counter
 * @param value what is stored: calls of the window, or the microsecond at which the bucket is full
 * @param now milliseconds since 1970
 */
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

/**
 * How long a counter that has denied some calls denies them still, in milliseconds.
 *
 * @param value what is stored
 * @param units how many calls were asked for
 */
export function deniedForMs(counter: Counter, value: number, units: number, now: number): number {
  if (counter.kind === "window") return value + units > counter.limit ? Math.max(0, counter.endsAt - now) : 0;
  const latestUs = now * 1_000 + (counter.burst - units) * counter.usPerCall;
  return Math.max(0, (value - latestUs) / 1_000);
}

/** Most calls that a limit can ever allow at once. */
export function mostAtOnce({ quota }: RateLimit): number {
  return quota.kind === "window" ? quota.limit : quota.burst;
}
