// Decides which members of the combined endpoint a caller may use: the authorizer's own decision about each member.
import { hash } from "node:crypto";
import QuickLRU from "quick-lru";
import { decideAccess, type TokenVerifiers } from "../authorizer/decide.ts";
import type { GatewayRequest } from "../core/admit-request.ts";
import type { ConfigSnapshot } from "../core/config-snapshot.ts";
import { decodePrincipal, type Principal } from "../core/principal.ts";
import { responseToTokenDenial, type TokenDenialReason } from "../core/token-denial.ts";

/** A member, and the caller at it. */
export type Member = { name: string; principal: Principal };

/** `absent`: the member's rules deny the token. `unavailable`: no decision is possible now. */
export type MemberAccess =
  | { type: "allowed"; member: Member }
  | { type: "absent"; name: string; reason: string }
  | { type: "unavailable"; name: string; reason: string };

/** Decides about one member. @throws if the decision fails: the request must then be denied */
export type DecideMember = (
  name: string,
  request: GatewayRequest,
  config: ConfigSnapshot,
  now: Date,
) => Promise<MemberAccess>;

type Decision = { access: MemberAccess; config: ConfigSnapshot; until: number };

// quick-lru may keep twice as many entries.
const CACHED = 1_000;

/**
 * Creates the function that decides.
 *
 * @param verifiers verify tokens as in the authorizer
 * @param cacheMs how long a decision is reused for the same token and configuration, in milliseconds: as long as API Gateway reuses the
 *   authorizer's decision at a member's own URL. 0: never. Without it, each request would cost one or more signature checks.
 */
export function createMemberDecisions(verifiers: TokenVerifiers, cacheMs: number): DecideMember {
  const decisions = new QuickLRU<string, Decision>({ maxSize: CACHED });
  return async (name, request, config, now) => {
    const key = keyOf(name, request, config);
    const known = key === undefined ? undefined : decisions.get(key);
    const time = now.getTime();
    if (known !== undefined && known.config === config && time < known.until && known.until - time <= cacheMs)
      return known.access;
    const access = await decide(name, request, config, verifiers, now);
    if (key !== undefined && cacheMs > 0 && isLasting(access))
      decisions.set(key, { access, config, until: time + cacheMs });
    return access;
  };
}

/** Denials that a later request with the same token may not get: API Gateway does not cache them either. */
const TEMPORARY: ReadonlySet<string> = new Set<TokenDenialReason>([
  "key_unknown",
  "token_not_yet_valid",
  "token_issued_in_future",
]);

function isLasting(access: MemberAccess): boolean {
  return access.type === "allowed" || (access.type === "absent" && !TEMPORARY.has(access.reason));
}

/** Decisions depend only on the header with the token. The key is its hash, so that the cache contains no token. Headers have no line breaks. */
function keyOf(name: string, { headers }: GatewayRequest, { combined }: ConfigSnapshot): string | undefined {
  const values = combined && headers.get(combined.endpoint.tokenRules.headerKey.toLowerCase());
  return values && hash("sha256", [name, ...values].join("\n"), "base64url");
}

async function decide(
  name: string,
  { headers }: GatewayRequest,
  config: ConfigSnapshot,
  verifiers: TokenVerifiers,
  now: Date,
): Promise<MemberAccess> {
  const decision = await decideAccess({ server: name, headers }, config, verifiers, now);
  if (decision.type === "denied") {
    const { reason } = decision.denial;
    const isUndecided = responseToTokenDenial(decision.denial).status === 503;
    return { type: isUndecided ? "unavailable" : "absent", name, reason };
  }
  const principal = decodePrincipal(decision.context);
  if (principal === undefined) throw new Error("the authorizer's context contains no principal");
  return { type: "allowed", member: { name, principal } };
}
