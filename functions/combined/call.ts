// One request at the combined endpoint: what every step of it needs.
import type { AdmittedRequest, GatewayRequest } from "../core/admit-request.ts";
import type { CombinedEndpoint } from "../core/config/combined-endpoint.ts";
import type { ErrorResponse } from "../core/error-response.ts";
import type { Exchange } from "../proxy/exchange.ts";
import type { SealedIds } from "../proxy/sealed-ids.ts";
import type { MemberResponse } from "./member-call.ts";
import type { Member, MemberAccess } from "./members.ts";
import type { ClientSession, Sessions } from "./sessions.ts";
import { type UnavailableMember, unavailableMembers } from "./unavailable.ts";

/** The error response that remains to be sent; undefined if the response has been sent. */
export type Outcome = ErrorResponse | undefined;

export type CombinedCall = {
  exchange: Exchange;
  /** the request, checked as at the endpoint */
  admitted: AdmittedRequest;
  combined: CombinedEndpoint;
  /** the endpoint's title for users */
  title: string | undefined;
  /** the client's session; undefined for a request without one */
  session: ClientSession | undefined;
  sessions: Sessions;
  ids: SealedIds;
  /** idle milliseconds before a comment is sent on an event stream */
  heartbeatMs: number;
  /** decides whether the caller may use a member; what cannot be decided is unavailable */
  access(name: string): Promise<MemberAccess>;
  /** whether a member opens a stream for GET */
  opensStream(name: string): boolean;
  /**
   * Sends a request to a member as its client would.
   *
   * @param endsAt when the response must have ended, in milliseconds of `monotonicMs`; omitted: with the function's time
   */
  send(member: Member, request: GatewayRequest, endsAt?: number): Promise<MemberResponse>;
  /** When a member's part of a merged response that begins now must have ended, in milliseconds of `monotonicMs`. */
  endOfPart(): number;
  /** Called before a member's response is relayed: the request then has the member's audit line alone, unless something is omitted. */
  relaying(status: number): void;
  /** Records what is omitted from a member's response, or replaced by an error: the endpoint's audit line has the first as `cause`. */
  omitted(member: string, what: string): void;
};

/** The members that the caller may use, and those about which nothing can be decided now. */
export async function membersOf(
  call: CombinedCall,
): Promise<{ members: Member[]; undecided: UnavailableMember[] }> {
  const all = await Promise.all(call.combined.members.map((name) => call.access(name)));
  call.exchange.audit.absent(all.filter((access) => access.type === "absent"));
  return {
    members: all.flatMap((access) => (access.type === "allowed" ? [access.member] : [])),
    undecided: all.flatMap((access) => (access.type === "unavailable" ? [undecidedMember(access)] : [])),
  };
}

/** A member about which nothing can be decided. */
export function undecidedMember({ name, reason }: { name: string; reason: string }): UnavailableMember {
  return { name, reason, status: reason.startsWith("internal_error") ? 500 : 503 };
}

/** The outcome if the one member that a request needs is unavailable. */
export function withoutMember({ exchange }: CombinedCall, member: UnavailableMember): ErrorResponse {
  exchange.audit.unavailable([member]);
  return unavailableMembers([member]);
}
