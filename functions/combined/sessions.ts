// Sessions of the combined endpoint (MCP revisions up to 2025-11-25): the client's one id contains each member's own. A member that has no
// session yet, or has lost it, is initialised again; that session is known to this execution environment alone.
import QuickLRU from "quick-lru";
import type { GatewayRequest } from "../core/admit-request.ts";
import {
  type CombinedSessions,
  decodeSessions,
  encodeSessions,
  type MemberSession,
} from "../core/combined/session-map.ts";
import { COMBINED } from "../core/config/combined-endpoint.ts";
import { isJsonObject, readJson } from "../core/json.ts";
import type { Principal } from "../core/principal.ts";
import type { SealedIds } from "../proxy/sealed-ids.ts";
import { type CombinedCall, MERGED_PART_MS } from "./call.ts";
import { discardRest, type MemberResponse } from "./member-call.ts";
import { memberResponseText } from "./member-messages.ts";
import type { Member } from "./members.ts";

/** A client's session. `id`: as the client sends it. */
export type ClientSession = CombinedSessions & { id: string };

export type Sessions = {
  /** Opens the id of a request; undefined without one, "unknown" if it was not sealed for this caller. */
  open(request: GatewayRequest, principal: Principal): Promise<ClientSession | "unknown" | undefined>;
  /** Seals new sessions for a client. */
  seal(sessions: CombinedSessions, principal: Principal): Promise<string>;
  /** The session that a member's response to `initialize` began. */
  begun(member: Member, response: MemberResponse, text: string): Promise<MemberSession>;
  /**
   * A member's session for a client's session; begins one if there is none.
   *
   * @param lost a session that the member no longer has
   * @returns undefined if the member could not be initialised
   */
  at(
    call: CombinedCall,
    session: ClientSession,
    member: Member,
    lost?: MemberSession,
  ): Promise<MemberSession | undefined>;
  /** Ends a client's session: its id no longer opens in this environment. */
  end(session: ClientSession): void;
  /** A request as a member's client would send it: with the member's session and revision. */
  requestIn(own: MemberSession, member: Member, request: GatewayRequest): Promise<GatewayRequest>;
};

// quick-lru may keep twice as many entries.
const CACHED = 1_000;

/** Creates the sessions of one execution environment. @param ids seals and opens ids */
export function createSessions(ids: SealedIds): Sessions {
  const reopened = new QuickLRU<string, Promise<MemberSession | undefined>>({ maxSize: CACHED });
  const ended = new QuickLRU<string, true>({ maxSize: CACHED });

  async function begun(
    { principal }: Member,
    { headers }: MemberResponse,
    text: string,
  ): Promise<MemberSession> {
    const sealed = headers["mcp-session-id"];
    const session = sealed === undefined ? undefined : (await ids.opener())("session", sealed, principal);
    const { value } = readJson(text);
    const result = isJsonObject(value) && isJsonObject(value["result"]) ? value["result"] : {};
    const { protocolVersion } = result;
    if (typeof protocolVersion !== "string")
      throw new Error("the result of initialize has no protocolVersion");
    return { protocolVersion, ...(session !== undefined && { session }) };
  }

  async function requestIn(own: MemberSession, member: Member, request: GatewayRequest) {
    const headers = new Map(request.headers);
    headers.delete("mcp-session-id");
    headers.set("mcp-protocol-version", [own.protocolVersion]);
    if (own.session !== undefined) {
      const sealed = (await ids.sealer())("session", own.session, member.principal);
      // The member's response contained it in the same form.
      headers.set("mcp-session-id", [sealed as string]);
    }
    return { ...request, headers };
  }

  /** Initialises a member as the client did at the beginning of its session. */
  async function initialise(call: CombinedCall, member: Member, session: ClientSession) {
    const { capabilities = {}, clientInfo = UNKNOWN_CLIENT } = session.client ?? {};
    const params = { protocolVersion: session.protocolVersion, capabilities, clientInfo };
    const request = postOf(call.exchange.request, { id: "initialize", method: "initialize", params });
    const response = await call.send(member, request, MERGED_PART_MS);
    if (response.status !== 200) {
      discardRest(response);
      return undefined;
    }
    const own = await begun(member, response, await memberResponseText(response, () => {}));
    const notification = await requestIn(
      own,
      member,
      postOf(request, { method: "notifications/initialized" }),
    );
    const accepted = await call.send(member, notification, MERGED_PART_MS);
    discardRest(accepted);
    return own;
  }

  return {
    async open({ headers }, principal) {
      const values = headers.get("mcp-session-id");
      if (values === undefined) return undefined;
      const [id, ...others] = values;
      if (id === undefined || others.length > 0) return "unknown";
      const text = (await ids.opener())("combined", id, bindingOf(principal));
      const sessions = text === undefined ? undefined : decodeSessions(text);
      return sessions === undefined || ended.has(id) ? "unknown" : { ...sessions, id };
    },

    async seal(sessions, principal) {
      const sealed = (await ids.sealer())("combined", encodeSessions(sessions), bindingOf(principal));
      if (sealed === undefined) throw new Error("the combined session id is too long");
      return sealed;
    },

    begun,

    async at(call, session, member, lost) {
      const key = JSON.stringify([session.id, member.name]);
      const first = session.members.get(member.name);
      const current = await (reopened.get(key) ?? first);
      // Another request may have begun a new session meanwhile.
      if (current !== undefined && current.session !== lost?.session) return current;
      if (current !== undefined && lost === undefined) return current;
      const beginning = initialise(call, member, session).catch(() => undefined);
      reopened.set(key, beginning);
      const begun = await beginning;
      if (begun === undefined) reopened.delete(key);
      return begun;
    },

    end: ({ id }) => void ended.set(id, true),

    requestIn,
  };
}

const UNKNOWN_CLIENT = { name: "descope-mcp-gateway", version: "0" };

function bindingOf({ sub, issuer, tenant }: Principal) {
  return { sub, issuer, tenant, server: COMBINED };
}

/** A POST of the gateway itself in a client's name: with the client's headers, without those that describe its request. */
function postOf({ headers, server }: GatewayRequest, message: object): GatewayRequest {
  const kept = new Map([...headers].filter(([name]) => !name.startsWith("mcp-") && name !== "last-event-id"));
  kept.set("content-type", ["application/json"]);
  kept.set("accept", ["application/json, text/event-stream"]);
  return { method: "POST", server, headers: kept, body: JSON.stringify({ jsonrpc: "2.0", ...message }) };
}
