// The names of a member's tools, prompts and resources at the combined endpoint, and their ids there: each begins with the member's name.
// Every form can be read back to exactly one member and the member's own text; a text that names no member is never guessed at.

import { numberText, readJson } from "../json.ts";
import { isRequestId } from "../message-id.ts";
import { MEMBER_STREAM, type MemberStream } from "./own-responses.ts";

/** Server names of the members, and what stands between a member's name and a tool's. With "", the only member's names are unchanged. */
export type MemberNames = { members: readonly string[]; separator: string };

/** The name of a member's tool or prompt for clients. */
export function clientName(member: string, name: string, { separator }: MemberNames): string {
  return separator === "" ? name : `${member}${separator}${name}`;
}

/** Reads what {@link clientName} made. @returns undefined if the name is no member's */
export function memberOfName(
  name: string,
  { members, separator }: MemberNames,
): { member: string; name: string } | undefined {
  if (separator === "") return ofSoleMember(members, (member) => ({ member, name }));
  const [member, ...others] = members.filter((each) => name.startsWith(`${each}${separator}`));
  // The configuration allows no members whose names are ambiguous.
  if (member === undefined || others.length > 0) return undefined;
  return { member, name: name.slice(member.length + separator.length) };
}

// A scheme with the slashes behind it, and the rest: the member's name goes in between, so that clients still see the scheme.
const URI_PARTS = /^([A-Za-z][A-Za-z0-9+.-]*:(?:\/\/)?)?(.*)$/s;

/** The URI of a member's resource for clients, or a template of URIs: `docs://public/a` becomes `docs://notes/public/a`. */
export function clientUri(member: string, uri: string, { separator }: MemberNames): string {
  if (separator === "") return uri;
  const [scheme, rest] = uriParts(uri);
  return `${scheme}${member}/${rest}`;
}

/** Reads what {@link clientUri} made. @returns undefined if the URI is no member's */
export function memberOfUri(
  uri: string,
  { members, separator }: MemberNames,
): { member: string; uri: string } | undefined {
  if (separator === "") return ofSoleMember(members, (member) => ({ member, uri }));
  const [scheme, rest] = uriParts(uri);
  const split = splitAt("/", rest, members);
  return split && { member: split.member, uri: `${scheme}${split.rest}` };
}

function uriParts(uri: string): [scheme: string, rest: string] {
  const [, scheme = "", rest = ""] = URI_PARTS.exec(uri) as RegExpExecArray;
  return [scheme, rest];
}

/**
 * The id of a member's request, or its progress token, for clients.
 *
 * @param json the id as JSON text, since numbers may have more digits than a double
 * @returns a JSON text
 */
export function clientId(member: string, json: string, { separator }: MemberNames): string {
  return separator === "" ? json : JSON.stringify(`${member}.${json}`);
}

/**
 * Reads what {@link clientId} made.
 *
 * @param value the id or token as `readJson` returns it
 * @returns the id as JSON text; undefined if it is no member's
 */
export function memberOfId(
  value: unknown,
  { members, separator }: MemberNames,
): { member: string; json: string } | undefined {
  if (!isRequestId(value)) return undefined;
  if (separator === "") {
    return ofSoleMember(members, (member) => ({ member, json: numberText(value) ?? JSON.stringify(value) }));
  }
  const split = typeof value === "string" ? splitAt(".", value, members) : undefined;
  if (split === undefined) return undefined;
  // It is written into the member's message: it must be one value.
  const reading = readJson(split.rest);
  return reading.ok && isRequestId(reading.value) ? { member: split.member, json: split.rest } : undefined;
}

/** An id of a member that is a string to everyone, for clients: of a task or of an elicitation. */
export function clientOpaqueId(member: string, id: string, { separator }: MemberNames): string {
  return separator === "" ? id : `${member}.${id}`;
}

/** Reads what {@link clientOpaqueId} made. @returns undefined if the id is no member's */
export function memberOfOpaqueId(
  id: string,
  { members, separator }: MemberNames,
): { member: string; id: string } | undefined {
  if (separator === "") return ofSoleMember(members, (member) => ({ member, id }));
  const split = splitAt(".", id, members);
  return split && { member: split.member, id: split.rest };
}

/** The id of an event of a member's stream, for clients. */
export function clientEventId(member: string, stream: MemberStream, id: string, names: MemberNames): string {
  return names.separator === "" ? id : `${member}.${stream}.${id}`;
}

const STREAM_AND_ID = new RegExp(`^(${MEMBER_STREAM})\\.(.*)$`, "s");

/**
 * Reads what {@link clientEventId} made.
 *
 * @returns undefined if the id is no member's. Without a separator, the stream is not known
 */
export function memberOfEventId(
  id: string,
  { members, separator }: MemberNames,
): { member: string; stream: MemberStream | undefined; id: string } | undefined {
  if (separator === "") return ofSoleMember(members, (member) => ({ member, stream: undefined, id }));
  const split = splitAt(".", id, members);
  const [, stream, own] = STREAM_AND_ID.exec(split?.rest ?? "") ?? [];
  if (split === undefined || own === undefined) return undefined;
  return { member: split.member, stream: stream as MemberStream, id: own };
}

// Server names contain neither "." nor "/": the first one ends the name.
function splitAt(
  mark: string,
  text: string,
  members: readonly string[],
): { member: string; rest: string } | undefined {
  const at = text.indexOf(mark);
  const member = text.slice(0, Math.max(0, at));
  return members.includes(member) ? { member, rest: text.slice(at + mark.length) } : undefined;
}

function ofSoleMember<Found>(
  members: readonly string[],
  found: (member: string) => Found,
): Found | undefined {
  const [member] = members;
  return member !== undefined && members.length === 1 ? found(member) : undefined;
}
