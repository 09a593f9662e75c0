// Explains the authorizer's decision on a token at a server, check by check, with the authorizer's own code and table of checks.
// Sends the token nowhere except to the configured introspection endpoint.
import { decideAccess, type TokenVerifiers } from "../functions/authorizer/decide.ts";
import { readBearerToken } from "../functions/core/bearer.ts";
import { type Claims, readClaim } from "../functions/core/claims.ts";
import { COMBINED } from "../functions/core/config/combined-endpoint.ts";
import { nearestName, quoteText } from "../functions/core/config/faults.ts";
import type { TokenRules } from "../functions/core/config/token-rules.ts";
import { type ConfigSnapshot, serverNamed } from "../functions/core/config-snapshot.ts";
import { approximateNumber } from "../functions/core/exact-number.ts";
import { decodePrincipal, type Principal } from "../functions/core/principal.ts";
import { terminalText, valueText } from "../functions/core/safe-text.ts";
import type { TokenHeader } from "../functions/core/token-checks.ts";
import { responseToTokenDenial, type TokenDenial } from "../functions/core/token-denial.ts";
import { claimChecks, readTokenHeader, readUnverifiedClaims } from "../functions/core/verify-token.ts";
import { commandText } from "../infra/package-paths.ts";
import { adviceFor } from "./token-advice.ts";

/** One check; `skipped` if an earlier failure made it impossible. */
export type ExplainedCheck = {
  check: string;
  result: "pass" | "fail" | "skipped";
  expected: string;
  actual: string;
};

export type Explanation = {
  server: string;
  /** status that the client would get; 200 means that the request is forwarded */
  status: number;
  reason: string;
  /** false if the claims were only decoded */
  verified: boolean;
  checks: ExplainedCheck[];
  principal: Principal | undefined;
  advice: string[];
};

/**
 * Explains a token.
 *
 * @param token the token as a client would send it, without `Bearer`
 * @param now the time for the time checks
 */
export async function explainToken(
  token: string,
  server: string,
  config: ConfigSnapshot,
  dependencies: TokenVerifiers,
  now: Date,
): Promise<Explanation> {
  const named = serverNamed(config, server);
  const known = named?.enabled === true ? named : undefined;
  const rules = known?.tokenRules ?? config.gatewayRules;
  if (rules === undefined)
    throw new Error(
      `no server ${terminalText(server)} in this configuration, and the gateway has no rules of its own. ${serverAdvice(server, config)}`,
    );
  const headers = tokenHeaders(token, rules.headerKey);
  const decision = await decideAccess({ server, headers }, config, dependencies, now);

  const denial = decision.type === "denied" ? decision.denial : undefined;
  const verified = decision.type === "allow" || decision.claims !== undefined;
  const claims = (decision.type === "denied" ? decision.claims : undefined) ?? readUnverifiedClaims(token);
  const header = headerOf(token, rules);
  const checks = [
    ...(await tokenChecks(token, rules, dependencies, denial)),
    ...(claims === undefined ? [] : claimRows(claims, rules, now, header)),
    ...(denial?.reason === "blocked" ? [row("blocked", false, denial.expected, denial.actual)] : []),
  ];
  return {
    server,
    status: denial === undefined ? (known ? 200 : 404) : responseToTokenDenial(denial).status,
    reason: denial?.reason ?? (known ? "forwarded" : "unknown_server"),
    verified,
    checks,
    principal: decision.type === "allow" ? decodePrincipal(decision.context) : undefined,
    advice: [
      ...(known ? [] : [serverAdvice(server, config)]),
      ...(denial === undefined ? [] : adviceOn(denial, claims ?? {}, rules, now, header)),
    ],
  };
}

/** The request headers of a client with this token. @param headerKey the configured header */
export function tokenHeaders(token: string, headerKey: string): ReadonlyMap<string, readonly string[]> {
  const name = headerKey.toLowerCase();
  return new Map([[name, [name === "authorization" ? `Bearer ${token}` : token]]]);
}

/** Advice for a server that is not available. */
function serverAdvice(name: string, { servers, invalidServers }: ConfigSnapshot): string {
  if (name === COMBINED)
    return `There is no combined endpoint. Add "combined": {"servers": "all"} to gateway.json.`;
  if (servers.has(name)) return `The server ${name} is disabled ("enabled": false in servers/${name}.json).`;
  if (invalidServers.has(name))
    return `servers/${name}.json is invalid: ${commandText("config", "validate")} reports the errors.`;
  const names = [...servers.keys()];
  const meant = nearestName(name, names);
  const there = names.length === 0 ? "The configuration has no servers." : `Servers: ${names.join(", ")}.`;
  return `Unknown server ${quoteText(name)}. ${meant === undefined ? there : `Did you mean ${meant}? ${there}`}`;
}

async function tokenChecks(
  token: string,
  rules: TokenRules,
  dependencies: TokenVerifiers,
  denial: TokenDenial | undefined,
): Promise<ExplainedCheck[]> {
  if (rules.keySource.type === "introspection") {
    const inactive = denial?.reason === "token_inactive" || denial?.reason === "keys_unavailable";
    return [
      row(
        "introspection",
        !inactive,
        "an active token",
        inactive ? (denial as TokenDenial).actual : "active",
      ),
    ];
  }
  const shape = readBearerToken(`Bearer ${token}`, "Authorization");
  const checks = [row("form", shape.ok, "a JWT", shape.ok ? "a JWT" : shape.denial.actual)];
  const read = readTokenHeader(token);
  if (!read.ok) {
    return shape.ok ? [row("form", false, read.denial.expected, read.denial.actual)] : checks;
  }
  const { header } = read;
  let hasKey = false;
  for (const { name, expected, denial: denialOf } of rules.checks.header) {
    const actual = shownText(header[name.replace(/^header /, "")]);
    if (name === "kid") {
      const key = await dependencies.resolveKey(textOf(header["kid"]), textOf(header["alg"]), rules);
      hasKey = key.ok;
      checks.push(row("kid", key.ok, "a key of the configured source", actual));
    } else {
      checks.push(row(name, denialOf(header) === undefined, expected, actual));
    }
  }
  const unsigned = denial?.reason === "signature_invalid" || denial?.reason === "token_malformed";
  const result = hasKey ? (unsigned ? "fail" : "pass") : "skipped";
  checks.push({
    check: "signature",
    result,
    expected: "verified with that key",
    actual: result === "pass" ? "valid" : "not verified",
  });
  return checks;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function shownText(value: unknown): string {
  if (value === undefined) return "absent";
  return typeof value === "string" ? value : valueText(value);
}

/** The JOSE header; empty if the token is verified by introspection. */
function headerOf(token: string, rules: TokenRules): TokenHeader {
  const read = rules.keySource.type === "introspection" ? undefined : readTokenHeader(token);
  return read?.ok ? read.header : {};
}

/** Advice on the first failure and on every later rule that would fail, so that one round of changes is enough. */
function adviceOn(
  denial: TokenDenial,
  claims: Claims,
  rules: TokenRules,
  now: Date,
  header: TokenHeader,
): string[] {
  const later = Object.keys(claims).length === 0 ? [] : claimChecks(claims, rules, now, header);
  const denials = [denial, ...later.flatMap((check) => check.denial ?? [])];
  return [...new Set(denials.flatMap((each) => adviceFor(each, claims, rules)))];
}

function claimRows(claims: Claims, rules: TokenRules, now: Date, header: TokenHeader): ExplainedCheck[] {
  const byName = Map.groupBy(claimChecks(claims, rules, now, header), ({ name }) => name);
  return [...byName].map(([name, checks]) => {
    const failed = checks.find(({ denial }) => denial !== undefined);
    const expected = failed?.expected ?? checks.map((check) => check.expected).join(", ");
    const claim =
      name === "maxTokenAge"
        ? "iat"
        : name.replace(/^(?:requiredClaims|claimValues|headerPayloadMatch) /, "");
    const value = shownValue(claim, readClaim(claims, claim));
    // A check of several claims has no single value.
    const shown = failed?.denial !== undefined && value === "absent" ? failed.denial.actual : value;
    const remark = checks.find((check) => check.remark !== undefined)?.remark;
    return row(name, failed === undefined, expected, remark === undefined ? shown : `${shown} (${remark})`);
  });
}

function shownValue(claim: string, value: unknown): string {
  if (value === undefined) return "absent";
  // A token's claim can have any type; only a number is a time.
  const seconds = ["exp", "nbf", "iat"].includes(claim) ? approximateNumber(value) : undefined;
  const date = new Date((seconds ?? Number.NaN) * 1000);
  return Number.isNaN(date.getTime()) ? valueText(value) : `${valueText(value)} (${date.toISOString()})`;
}

function row(check: string, passed: boolean, expected: string, actual: string): ExplainedCheck {
  return { check, result: passed ? "pass" : "fail", expected, actual };
}
