// Explains which rate limits apply to a caller, with the proxy's own code, without claim values.
import type { RateLimit } from "../functions/core/config/rate-limits.ts";
import type { Principal } from "../functions/core/principal.ts";
import { appliesTo, bucketOf, limitClaims, MISSING } from "../functions/core/rate-limits.ts";

/** One limit of the server, for a caller. */
export type ExplainedLimit = {
  name: string;
  /** the gateway's limit, or the server's */
  scope: "gateway" | "server";
  allows: string;
  methods: readonly string[];
  mode: "enforce" | "log_only";
  /** `no`: its `when` rules do not match the caller; `denied`: the token lacks a claim of `per` */
  applies: "yes" | "no" | "denied";
  /** the callers that share the counter */
  counted: string;
};

/** Explains the limits of a server for a caller. @param principal the caller, as passed from the authorizer to the proxy */
export function explainLimits(
  limits: readonly RateLimit[],
  principal: Pick<Principal, "claims" | "sub" | "issuer">,
): ExplainedLimit[] {
  const claims = limitClaims(principal);
  return limits.map((limit) => {
    const bucket = bucketOf(limit, claims);
    const applies = !appliesTo(limit, claims) ? "no" : bucket === undefined ? "denied" : "yes";
    return {
      name: limit.name,
      scope: limit.scope === "*" ? "gateway" : "server",
      allows: limit.quotaText,
      methods: [...limit.methods],
      mode: limit.enforced ? "enforce" : "log_only",
      applies,
      counted: countedWith(limit, bucket),
    };
  });
}

/** A limit as one line of text. */
export function limitLine({ name, allows, methods, mode, applies, counted }: ExplainedLimit): string {
  const rule = `${name}: ${allows} of ${methods.join(", ")}, ${counted}`;
  const note = mode === "log_only" ? " (log_only)" : "";
  if (applies === "yes") return `${rule}${note}`;
  return applies === "no"
    ? `${rule}${note}; does not apply: a rule of "when" does not match`
    : `${rule}${note}; denies the call: the token lacks a claim of "per"`;
}

function countedWith({ per }: RateLimit, bucket: string | undefined): string {
  if (per.length === 0) return "all callers together";
  if (bucket === MISSING) return `together with all callers without ${per.join(", ")}`;
  return `for each ${per.join(", ")}`;
}
