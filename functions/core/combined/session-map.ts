// The content of the combined session id: each member's own session. It is sealed for the client, so it is only read as it was written.
import { isJsonObject, readJson } from "../json.ts";
import { LENIENT } from "../lenient-json.ts";
import { longestText } from "../sealed-id.ts";

/** A member's session. */
export type MemberSession = {
  /** the server's own session id; undefined if it has no sessions */
  session?: string;
  protocolVersion: string;
};

/** The sessions behind one combined session. */
export type CombinedSessions = {
  /** unique: sessions with servers without ids would otherwise have the same id, and end together */
  nonce: string;
  /** the revision that the combined endpoint negotiated with the client */
  protocolVersion: string;
  /** to initialise a member again for the client; undefined if it is too long */
  client?: ClientDescription;
  /** by the member's name */
  members: ReadonlyMap<string, MemberSession>;
};

/** The parameters of the client's `initialize`. */
export type ClientDescription = { capabilities: unknown; clientInfo: unknown };

/** A longer description of the client is omitted: the members' ids need the space. */
const CLIENT_MAX_BYTES = 500;

/** Begins the text, so that an id of another version of this form is not misread. */
const FORM = "2";

/**
 * Writes the sessions: a line for the endpoint and the client, then one for each member with its name, its revision unless it is the endpoint's, and its id.
 *
 * @returns the text to seal with the purpose `combined`. Members whose line makes it too long are omitted: the endpoint initialises these
 *   again when they are used
 */
export function encodeSessions({ nonce, protocolVersion, client, members }: CombinedSessions): string {
  const described = client === undefined ? "" : JSON.stringify(client);
  const kept = Buffer.byteLength(described) > CLIENT_MAX_BYTES ? "" : described;
  let text = `${FORM}\t${nonce}\t${protocolVersion}\t${kept}`;
  let room = longestText("combined") - Buffer.byteLength(text);
  for (const [member, { session, protocolVersion: own }] of members) {
    const parts = [member, own === protocolVersion ? "" : own, ...(session === undefined ? [] : [session])];
    const line = `\n${parts.join("\t")}`;
    const bytes = Buffer.byteLength(line);
    // HTTP headers have no line breaks, so no server can send such an id.
    if (bytes > room || line.includes("\n", 1)) continue;
    text += line;
    room -= bytes;
  }
  return text;
}

/**
 * Reads the sessions.
 *
 * @param text what the sealed id contains
 * @returns undefined if it was not written by {@link encodeSessions}
 */
export function decodeSessions(text: string): CombinedSessions | undefined {
  const [first = "", ...lines] = text.split("\n");
  const [form, nonce, protocolVersion, described, ...others] = first.split("\t");
  if (form !== FORM || !nonce || !protocolVersion || described === undefined || others.length > 0)
    return undefined;
  const client = described === "" ? undefined : readJson(described, LENIENT).value;
  if (described !== "" && !isJsonObject(client)) return undefined;
  const members = new Map<string, MemberSession>();
  for (const line of lines) {
    const [member, own, ...session] = line.split("\t");
    if (!member || own === undefined) return undefined;
    members.set(member, {
      protocolVersion: own === "" ? protocolVersion : own,
      ...(session.length > 0 && { session: session.join("\t") }),
    });
  }
  return {
    nonce,
    protocolVersion,
    ...(isJsonObject(client) && { client: client as ClientDescription }),
    members,
  };
}
