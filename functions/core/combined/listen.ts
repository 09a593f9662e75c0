// Merges the acknowledgements with which the members' `subscriptions/listen` streams begin (MCP 2026-07-28). `listen-result.ts` writes the end.
import type { RequestId } from "../error-response.ts";
import { objectOrEmpty, readJson } from "../json.ts";
import { META } from "../protocol-keys.ts";
import { uniteObjects } from "./unite.ts";

const ACKNOWLEDGED = "notifications/subscriptions/acknowledged";

/** Whether a message of a member's stream acknowledges the subscription. */
export function isAcknowledgement(text: string): boolean {
  return acknowledgedIn(text) !== undefined;
}

/**
 * Merges acknowledgements: the subscription has what at least one member agreed to.
 *
 * @param texts the members' notifications with URIs and ids as the client sees them, in the members' order; other messages are ignored
 * @param id the id of the client's request, which is also the subscription's
 * @returns a JSON-RPC notification
 */
export function mergeAcknowledgements(texts: readonly string[], id: RequestId): string {
  const notifications = uniteObjects(texts.map(acknowledgedIn));
  const params = { _meta: { [META.subscriptionId]: id }, notifications };
  return JSON.stringify({ jsonrpc: "2.0", method: ACKNOWLEDGED, params });
}

function acknowledgedIn(text: string): Record<string, unknown> | undefined {
  const { method, params } = objectOrEmpty(readJson(text, { allowNonFinite: true }).value);
  if (method !== ACKNOWLEDGED) return undefined;
  return objectOrEmpty(objectOrEmpty(params)["notifications"]);
}
