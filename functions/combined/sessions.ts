// Sessions of the combined endpoint (MCP revisions up to 2025-11-25): the client's one id contains each member's own. A member that has no
// session yet, or has lost it, is initialised again; that session is cached in this execution environment only.
import QuickLRU from "quick-lru";
import type { GatewayRequest } from "../core/admit-request.ts";
import {
  type CombinedSessions,
  decodeSessions,
  encodeSessions,
  type MemberSession,
} from "../core/combined/session-map.ts";
import { COMBINED } from "../core/config/combined-endpoint.ts";
import type { RequestId } from "../core/error-response.ts";
import { objectOrEmpty, readJson } from "../core/json.ts";
import type { Principal } from "../core/principal.ts";
import type { SealedIds } from "../proxy/sealed-ids.ts";
import type { MemberResponse } from "./member-call.ts";
import type { Member } from "./members.ts";

/** A client's session. `id`: as the client sends it. */
export type ClientSession = CombinedSessions & { id: string };

/** A response, or the one to `initialize` with which the member rejects a session: `rejectsSession`. It then has the request's id. */
export type SessionResponse = MemberResponse & { rejectsSession?: true };

/** A member's session, or its error response to `initialize`, for the id of the client's request. */
export type MemberInitialised =
  | { type: "session"; own: MemberSession }
  | { type: "rejected"; response: (id: RequestId) => SessionResponse };

export type Sessions = {
  /** Opens the id of a request; undefined without one, "unknown" if it was not sealed for this caller. */
  open(request: GatewayRequest, principal: Principal): Promise<ClientSession | "unknown" | undefined>;
  /** Seals new sessions for a client. */
  seal(sessions: CombinedSessions, principal: Principal): Promise<string>;
  /** The session that a member's response to `initialize` began. */
  begun(member: Member, response: MemberResponse, text: string): Promise<MemberSession>;
  /**
   * A member's session for a client's session; begins one if there is none. Requests that need a new session at the same time share it.
   *
   * @param initialise begins a session
   * @param lost a session that the member no longer has
   * @throws the error of `initialise`; Error if the client has ended its session
   */
  at(
    session: ClientSession,
    member: Member,
    initialise: () => Promise<MemberInitialised>,
    lost?: MemberSession,
  ): Promise<MemberInitialised>;
  /** A member's session for a client's session; undefined if none is known here. */
  known(session: ClientSession, member: string): Promise<MemberSession | undefined>;
  /** Whether a member has a session for a client's session, or is being initialised. */
  has(session: ClientSession, member: string): boolean;
  /** Ends a client's session: its id no longer opens in this environment. */
  end(session: ClientSession): void;
  /** A request as a member's client would send it: with the member's session and revision. */
  requestIn(own: MemberSession, member: Member, request: GatewayRequest): Promise<GatewayRequest>;
};

// quick-lru may keep twice as many entries.
const CACHED = 1_000;
/** How long an opened id is not opened again, in milliseconds: as long as a removed session secret may open it. */
const OPENED_MS = 60_000;

/** Creates the sessions of one execution environment. @param ids seals and opens ids */
export function createSessions(ids: SealedIds): Sessions {
  const reopened = new QuickLRU<string, Promise<MemberInitialised>>({ maxSize: CACHED });
  const ended = new QuickLRU<string, true>({ maxSize: CACHED });
  // An id is opened, and a member's id is sealed, once for many requests: both together cost a quarter of a routed call.
  const opened = new QuickLRU<string, ClientSession>({ maxSize: CACHED, maxAge: OPENED_MS });
  const sealedIds = new WeakMap<MemberSession, { principal: Principal; sealed: string }>();
  // Headers have no line breaks.
  const keyOf = ({ id }: ClientSession, member: string) => `${id}\n${member}`;

  async function begun(
    { principal }: Member,
    { headers }: MemberResponse,
    text: string,
  ): Promise<MemberSession> {
    const sealed = headers["mcp-session-id"];
    const session = sealed === undefined ? undefined : (await ids.opener())("session", sealed, principal);
    if (sealed !== undefined && session === undefined)
      throw new Error("the member's session id does not open");
    const { result } = objectOrEmpty(readJson(text).value);
    const { protocolVersion } = objectOrEmpty(result);
    if (typeof protocolVersion !== "string")
      throw new Error("the result of initialize has no protocolVersion");
    return { protocolVersion, ...(session !== undefined && { session }) };
  }

  async function requestIn(own: MemberSession, member: Member, request: GatewayRequest) {
    const headers = new Map(request.headers);
    headers.delete("mcp-session-id");
    headers.set("mcp-protocol-version", [own.protocolVersion]);
    if (own.session !== undefined) headers.set("mcp-session-id", [await sealedId(own, member)]);
    return { ...request, headers };
  }

  async function sealedId(own: MemberSession, { principal }: Member): Promise<string> {
    const known = sealedIds.get(own);
    if (known?.principal === principal) return known.sealed;
    // The member's response contained it in the same form.
    const sealed = (await ids.sealer())("session", own.session as string, principal) as string;
    sealedIds.set(own, { principal, sealed });
    return sealed;
  }

  return {
    async open({ headers }, principal) {
      const values = headers.get("mcp-session-id");
      if (values === undefined) return undefined;
      const [id, ...others] = values;
      if (id === undefined || others.length > 0) return "unknown";
      if (ended.has(id)) return "unknown";
      const binding = bindingOf(principal);
      const key = `${id}\n${JSON.stringify(binding)}`;
      const known = opened.get(key);
      if (known !== undefined) return known;
      const text = (await ids.opener())("combined", id, binding);
      const sessions = text === undefined ? undefined : decodeSessions(text);
      if (sessions === undefined || ended.has(id)) return "unknown";
      const session = { ...sessions, id };
      opened.set(key, session);
      return session;
    },

    async seal(sessions, principal) {
      const sealed = (await ids.sealer())("combined", encodeSessions(sessions), bindingOf(principal));
      if (sealed === undefined) throw new Error("the combined session id is too long");
      return sealed;
    },

    begun,

    async at(session, member, initialise, lost) {
      const key = keyOf(session, member.name);
      const isUsable = (own: MemberSession) => lost === undefined || own.session !== lost.session;
      for (let known = reopened.get(key); known !== undefined; ) {
        const initialised = await known;
        if (initialised.type === "rejected" || isUsable(initialised.own)) return initialised;
        // While this request waited, another may have begun to replace the lost session.
        const newest = reopened.get(key);
        if (newest === known) break;
        known = newest;
      }
      const first = session.members.get(member.name);
      if (!reopened.has(key) && first !== undefined && isUsable(first))
        return { type: "session", own: first };
      // A request that was still open when the client ended the session must not begin another one.
      if (ended.has(session.id)) throw new Error("the client has ended the session");
      const beginning = initialise();
      reopened.set(key, beginning);
      const evict = () => {
        if (reopened.get(key) === beginning) reopened.delete(key);
      };
      try {
        const initialised = await beginning;
        if (initialised.type === "rejected") evict();
        return initialised;
      } catch (cause) {
        evict();
        throw cause;
      }
    },

    async known(session, member) {
      const initialised = await reopened.get(keyOf(session, member))?.catch(() => undefined);
      return initialised?.type === "session" ? initialised.own : session.members.get(member);
    },

    has: (session, member) => session.members.has(member) || reopened.has(keyOf(session, member)),

    end: ({ id }) => void ended.set(id, true),

    requestIn,
  };
}

function bindingOf({ sub, issuer, tenant }: Principal) {
  return { sub, issuer, tenant, server: COMBINED };
}
