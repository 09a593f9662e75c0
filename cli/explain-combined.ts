// Explains the combined endpoint for a token: which members the caller may use, and access to a name as clients see it. Uses the
// authorizer's decision on each member.

import { decideAccess, type TokenVerifiers } from "../functions/authorizer/decide.ts";
import { clientName, type MemberNames, memberOfName, memberOfUri } from "../functions/core/combined/names.ts";
import type { ConfigSnapshot } from "../functions/core/config-snapshot.ts";
import { docsUrl } from "../functions/core/docs-url.ts";
import { decodePrincipal, type Principal } from "../functions/core/principal.ts";
import { tenantTarget } from "../functions/core/upstream/tenant.ts";
import { type ExplainedAccess, explainName } from "./explain-access.ts";

/** Whether a caller may use a member. */
export type ExplainedMember = {
  server: string;
  result: "allowed" | "denied";
  /** why not */
  reason?: string;
};

/** The members, and the caller at each one that is allowed. */
export type ExplainedMembers = { rows: ExplainedMember[]; principals: ReadonlyMap<string, Principal> };

/**
 * Decides on a token at each member.
 *
 * @param headers the token as a client would send it, by lower-case name
 */
export async function explainMembers(
  headers: ReadonlyMap<string, readonly string[]>,
  config: ConfigSnapshot,
  verifiers: TokenVerifiers,
  now: Date,
): Promise<ExplainedMembers> {
  const principals = new Map<string, Principal>();
  const rows: ExplainedMember[] = [];
  for (const member of config.combined?.members ?? []) {
    const decision = await decideAccess({ server: member, headers }, config, verifiers, now);
    const principal = decision.type === "allow" ? decodePrincipal(decision.context) : undefined;
    const reason =
      decision.type === "denied"
        ? decision.denial.reason
        : principal && denialAtProxy(member, principal, config);
    if (reason === undefined && principal !== undefined) principals.set(member, principal);
    rows.push(
      reason === undefined
        ? { server: member, result: "allowed" }
        : { server: member, result: "denied", reason },
    );
  }
  return { rows, principals };
}

/** What the proxy would deny before it reads the request. */
function denialAtProxy(name: string, principal: Principal, config: ConfigSnapshot): string | undefined {
  const server = config.servers.get(name);
  if (server === undefined) return "configuration_unavailable";
  const target = tenantTarget(server, principal);
  return target.ok ? undefined : target.errorResponse.reason;
}

function exampleName(name: string, names: MemberNames): string {
  return clientName(names.members[0] ?? "<member>", name, names);
}

/** Explains access to a tool, prompt or resource under its name at the combined endpoint. */
export function explainCombinedName(
  kind: ExplainedAccess["kind"],
  name: string,
  config: ConfigSnapshot,
  { rows, principals }: ExplainedMembers,
): ExplainedAccess {
  const names = config.combined ?? { members: [], separator: "" };
  const uri = kind === "resource" ? memberOfUri(name, names) : undefined;
  const found = uri ? { member: uri.member, name: uri.uri } : memberOfName(name, names);
  const denied = (by: string, advice: string): ExplainedAccess => {
    return { kind, name, result: "denied", by, advice: [advice] };
  };
  if (found === undefined || (kind === "resource" && uri === undefined)) {
    return denied(
      "the name belongs to no member",
      kind === "resource"
        ? `Write the URI as the combined endpoint lists it, with the member's name: ${docsUrl("combined.md#names")}`
        : `Write the name as the combined endpoint lists it, such as ${exampleName(name, names)}.`,
    );
  }
  const server = config.servers.get(found.member);
  const principal = principals.get(found.member);
  if (server === undefined || principal === undefined) {
    const reason = rows.find((row) => row.server === found.member)?.reason;
    return denied(
      `member ${found.member}: ${reason}`,
      `Explain the token at the member itself: --server ${found.member}.`,
    );
  }
  const { by, ...explained } = explainName(kind, found.name, server, principal);
  if (explained.result === "denied" && server.rulesMode === "log_only") {
    return { ...explained, name, result: "allowed", by: `member ${found.member}, only logged: ${by}` };
  }
  return { ...explained, name, by: `member ${found.member}, ${by}` };
}
