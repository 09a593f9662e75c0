// One request at the combined endpoint: what every step of it needs.
import type { AdmittedRequest, GatewayRequest } from "../core/admit-request.ts";
import type { MemberNames } from "../core/combined/names.ts";
import type { CombinedEndpoint } from "../core/config/combined-endpoint.ts";
import type { ErrorResponse } from "../core/error-response.ts";
import type { Exchange } from "../proxy/exchange.ts";
import type { MemberResponse } from "./member-call.ts";
import type { Member, MemberAccess } from "./members.ts";
import type { ClientSession } from "./sessions.ts";

/** What remains to be done: nothing, to send an error response, or nothing after one member's response with its own audit line. */
export type Outcome = ErrorResponse | "relayed" | undefined;

export type CombinedCall = {
  exchange: Exchange;
  /** the request, checked as at the endpoint */
  admitted: AdmittedRequest;
  endpoint: CombinedEndpoint;
  names: MemberNames;
  /** the endpoint's title for users */
  title: string | undefined;
  /** the client's session; undefined for a request without one */
  session: ClientSession | undefined;
  /** decides whether the caller may use a member */
  access(name: string): Promise<MemberAccess>;
  /**
   * Sends a request to a member as its client would.
   *
   * @param maxMs milliseconds until the response must have ended; omitted: the time that the function has
   */
  send(member: Member, request: GatewayRequest, maxMs?: number): Promise<MemberResponse>;
};

/** How long a member may take for its part of a merged response, in milliseconds. Its own shorter timeouts hold too. */
export const MERGED_PART_MS = 10_000;

/** The members that the caller may use, and those about which nothing can be decided now. */
export async function membersOf(
  call: CombinedCall,
): Promise<{ members: Member[]; undecided: { name: string; reason: string }[] }> {
  const all = await Promise.all(call.names.members.map((name) => call.access(name)));
  const absent = all.filter((access) => access.type === "absent");
  call.exchange.audit.absent(absent.map(({ name, reason }) => `${name}: ${reason}`));
  return {
    members: all.flatMap((access) => (access.type === "allowed" ? [access.member] : [])),
    undecided: all.filter((access) => access.type === "unavailable"),
  };
}
