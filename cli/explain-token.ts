// Explains what the authorizer says of a token at a server, check by check. The decision itself is the authorizer's own code; the
// list of checks is the same generator that it runs. Nothing here is sent anywhere but to the configured key source.
import { decodeJwt, decodeProtectedHeader } from "jose";
import { decideAccess, type TokenJudges } from "../functions/authorizer/decide.ts";
import { readBearerToken } from "../functions/core/bearer.ts";
import { type Claims, readClaim } from "../functions/core/claims.ts";
import type { TokenRules } from "../functions/core/config/token-rules.ts";
import type { ConfigSnapshot } from "../functions/core/config-snapshot.ts";
import { decodePrincipal, type Principal } from "../functions/core/principal.ts";
import { answerForTokenFault, type TokenFault } from "../functions/core/token-fault.ts";
import { claimChecks } from "../functions/core/verify-token.ts";
import { adviceFor } from "./token-advice.ts";

/** One check: `skipped` where an earlier one left nothing to check. */
export type ExplainedCheck = {
  check: string;
  result: "pass" | "fail" | "skipped";
  expected: string;
  got: string;
};

/** Everything there is to say about a token at a server. */
export type Explanation = {
  server: string;
  /** what the client would get: 200 stands for "forwarded" */
  status: number;
  reason: string;
  /** false where the claims are the token's own word, because nobody vouches for them */
  verified: boolean;
  checks: ExplainedCheck[];
  principal: Principal | undefined;
  advice: string[];
};

/**
 * Explains a token.
 *
 * @param token the token as a client would send it, without `Bearer`
 * @param server the server's name
 * @param config the configuration
 * @param judges key lookup and introspection
 * @param now the time to judge by
 */
export async function explainToken(
  token: string,
  server: string,
  config: ConfigSnapshot,
  judges: TokenJudges,
  now: Date,
): Promise<Explanation> {
  const known = config.servers.get(server);
  const rules = known?.enabled === true ? known.tokenRules : config.gatewayRules;
  if (rules === undefined)
    throw new Error(`no server ${server} in this configuration, and no rules of the gateway's own`);
  const headerValue = rules.headerKey.toLowerCase() === "authorization" ? `Bearer ${token}` : token;
  const headers = new Map([[rules.headerKey.toLowerCase(), [headerValue]]]);
  const decision = await decideAccess({ server, headers }, config, judges, now);

  const fault = decision.type === "faulted" ? decision.fault : undefined;
  const verified = decision.type === "allow" || decision.claims !== undefined;
  const claims = (decision.type === "faulted" ? decision.claims : undefined) ?? unverifiedClaims(token);
  const checks = [
    ...(await tokenChecks(token, rules, judges, fault)),
    ...(claims === undefined ? [] : claimRows(claims, rules, now)),
  ];
  return {
    server,
    status: statusOf(fault, known?.enabled === true),
    reason: fault?.reason ?? (known?.enabled === true ? "forwarded" : "unknown_server"),
    verified,
    checks,
    principal: decision.type === "allow" ? decodePrincipal(decision.context) : undefined,
    advice: fault === undefined ? [] : adviceOn(fault, claims ?? {}, rules, now),
  };
}

async function tokenChecks(
  token: string,
  rules: TokenRules,
  judges: TokenJudges,
  fault: TokenFault | undefined,
): Promise<ExplainedCheck[]> {
  if (rules.keySource.type === "introspection") {
    const inactive = fault?.reason === "token_inactive" || fault?.reason === "keys_unavailable";
    return [
      row("introspection", !inactive, "an active token", inactive ? (fault as TokenFault).got : "active"),
    ];
  }
  const shape = readBearerToken(`Bearer ${token}`, "Authorization");
  const checks = [row("form", shape.ok, "a JWT", shape.ok ? "a JWT" : shape.fault.got)];
  const header = unverifiedHeader(token);
  if (header === undefined) return checks;
  const { alg, kid } = header;
  checks.push(row("alg", rules.algorithms.includes(alg ?? ""), rules.algorithms.join(" or "), alg ?? "none"));
  checks.push(
    row(
      "crit",
      !Object.hasOwn(header, "crit"),
      "absent",
      Object.hasOwn(header, "crit") ? "present" : "absent",
    ),
  );
  const key = await judges.resolveKey(kid ?? "", alg ?? "", rules);
  checks.push(row("kid", key.ok, "a key of the configured source", kid ?? "none"));
  const unsigned = fault?.reason === "signature_invalid" || fault?.reason === "token_malformed";
  const result = key.ok ? (unsigned ? "fail" : "pass") : "skipped";
  checks.push({
    check: "signature",
    result,
    expected: "made with that key",
    got: result === "pass" ? "valid" : "not verified",
  });
  return checks;
}

/** Advice on what failed first, and on every rule that would fail after it: one round of changes instead of several. */
function adviceOn(fault: TokenFault, claims: Claims, rules: TokenRules, now: Date): string[] {
  const later = Object.keys(claims).length === 0 ? [] : [...claimChecks(claims, rules, now)];
  const faults = [fault, ...later.flatMap((check) => check.fault ?? [])];
  return [...new Set(faults.flatMap((each) => adviceFor(each, claims, rules)))];
}

function claimRows(claims: Claims, rules: TokenRules, now: Date): ExplainedCheck[] {
  const byName = Map.groupBy(claimChecks(claims, rules, now), ({ name }) => name);
  return [...byName].map(([name, checks]) => {
    const failed = checks.find(({ fault }) => fault !== undefined);
    const expected = failed?.expected ?? checks.map((check) => check.expected).join(", ");
    const claim = name === "maxTokenAge" ? "iat" : name.replace(/^(?:requiredClaims|claimValues) /, "");
    return row(name, failed === undefined, expected, shownValue(claim, readClaim(claims, claim)));
  });
}

function shownValue(claim: string, value: unknown): string {
  if (value === undefined) return "absent";
  const date = ["exp", "nbf", "iat"].includes(claim) ? new Date(Number(value) * 1000) : undefined;
  const text = JSON.stringify(value);
  return date === undefined || Number.isNaN(date.getTime()) ? text : `${text} (${date.toISOString()})`;
}

function statusOf(fault: TokenFault | undefined, known: boolean): number {
  if (fault !== undefined) return answerForTokenFault(fault).status;
  return known ? 200 : 404;
}

function row(check: string, passed: boolean, expected: string, got: string): ExplainedCheck {
  return { check, result: passed ? "pass" : "fail", expected, got };
}

function unverifiedHeader(token: string): { alg?: string; kid?: string } | undefined {
  try {
    return decodeProtectedHeader(token);
  } catch {
    return undefined;
  }
}

function unverifiedClaims(token: string): Claims | undefined {
  try {
    return decodeJwt(token);
  } catch {
    return undefined;
  }
}
