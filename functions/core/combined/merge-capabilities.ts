// Merges the members' results of `initialize` (revisions with sessions) and of `server/discover` (2026-07-28).
import type { RequestId } from "../error-response.ts";
import { objectOrEmpty } from "../json.ts";
import { META } from "../protocol-keys.ts";
import { mergedTtlMs, metaWithNotice, ttlMsOf } from "./merged-response.ts";
import { uniteObjects } from "./unite.ts";
import { validCapabilities } from "./valid-parts.ts";

/** A member's result, as `readJson` gives it. */
export type MemberResult = { member: string; result: unknown };

/** The endpoint's `serverInfo`. */
export type GatewayInfo = { name: string; version: string; title?: string };

/** The parts of a merged result. */
export type MergedResultParts = {
  /** in the members' order */
  results: readonly MemberResult[];
  gateway: GatewayInfo;
  id: RequestId;
  /** members whose part is missing */
  unavailable: readonly string[];
};

/** The revision that the endpoint offers if no member could be asked. */
const NEWEST_SESSION_REVISION = "2025-11-25";
/** The revisions that have sessions: clients reject any other one in the response to `initialize`. */
const SESSION_REVISIONS = ["2024-11-05", "2025-03-26", "2025-06-18", NEWEST_SESSION_REVISION];
/** Longest text of one member: clients give the instructions to their model. */
const INSTRUCTIONS_MAX_BYTES = 8_192;
const SHORTENED = "[Shortened by the gateway: this server's instructions are longer than 8 KiB.]";

/**
 * The revision for a combined session.
 *
 * @param requested the revision that the client asked for
 * @returns the oldest that the members negotiated; without members the requested one, or the newest with sessions
 */
export function mergedVersion(results: readonly MemberResult[], requested: unknown): string {
  const negotiated = results.map((each) => versionOf(propertiesOf(each)["protocolVersion"]));
  const [oldest] = negotiated.filter((version) => version !== undefined).sort();
  return oldest ?? versionOf(requested) ?? NEWEST_SESSION_REVISION;
}

/**
 * Merges results of `initialize`.
 *
 * @param parts `protocolVersion`: the revision for the session, see {@link mergedVersion}
 * @returns a JSON-RPC response
 */
export function mergedInitialize({
  results,
  gateway,
  id,
  unavailable,
  protocolVersion,
}: MergedResultParts & { protocolVersion: string }): string {
  const result = {
    protocolVersion,
    capabilities: mergedCapabilities(results),
    serverInfo: gateway,
    ...mergedInstructions(results),
    ...metaWithNotice({}, unavailable),
  };
  return JSON.stringify({ jsonrpc: "2.0", id, result });
}

/**
 * Merges results of `server/discover`.
 *
 * @returns a JSON-RPC response; undefined if there is no revision that every member supports
 */
export function mergedDiscover({ results, gateway, id, unavailable }: MergedResultParts): string | undefined {
  const supported = results.map((each) => [propertiesOf(each)["supportedVersions"]].flat());
  const supportedVersions = (supported[0] ?? []).filter(
    (version) => typeof version === "string" && supported.every((versions) => versions.includes(version)),
  );
  if (supportedVersions.length === 0) return undefined;
  const result = {
    resultType: "complete",
    supportedVersions,
    capabilities: mergedCapabilities(results),
    ...mergedInstructions(results),
    ttlMs: mergedTtlMs(
      results.map((each) => ttlMsOf(propertiesOf(each)["ttlMs"])),
      unavailable,
    ),
    cacheScope: "private",
    ...metaWithNotice({ [META.serverInfo]: gateway }, unavailable),
  };
  return JSON.stringify({ jsonrpc: "2.0", id, result });
}

function mergedCapabilities(results: readonly MemberResult[]): Record<string, unknown> {
  return uniteObjects(results.map((each) => validCapabilities(propertiesOf(each)["capabilities"])));
}

function mergedInstructions(results: readonly MemberResult[]): { instructions?: string } {
  const sections = results.flatMap((each) => {
    const { instructions } = propertiesOf(each);
    if (typeof instructions !== "string" || instructions.trim() === "") return [];
    const text = shortened(instructions);
    return [results.length === 1 ? text : `# ${each.member}\n\n${text}`];
  });
  return sections.length === 0 ? {} : { instructions: sections.join("\n\n") };
}

function shortened(text: string): string {
  // Never cuts a character in two.
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(INSTRUCTIONS_MAX_BYTES));
  return read === text.length ? text : `${text.slice(0, read)}\n${SHORTENED}`;
}

function propertiesOf({ result }: MemberResult): Record<string, unknown> {
  return objectOrEmpty(result);
}

function versionOf(value: unknown): string | undefined {
  return SESSION_REVISIONS.find((revision) => revision === value);
}
