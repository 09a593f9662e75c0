// Audit fields of a request's messages: methods, targets and what rules deny. Clients choose the number and length of these texts:
// each is truncated and all are counted, so that the line stays below CloudWatch's 256 KB and no message of a batch is hidden.
import { accessTargets } from "../core/access.ts";
import type { DeniedTarget } from "../core/authorize-messages.ts";
import type { McpMessage } from "../core/mcp-message.ts";
import { jsonText, logText } from "../core/safe-text.ts";

/** Bytes of JSON for one list; a line contains two lists and the methods of a batch. */
const LIST_MAX_BYTES = 64 * 1024;
const METHODS_MAX_BYTES = 16 * 1024;

/** Maximum lengths of a text in a list. A shorter one is used if the list does not fit. */
const TEXT_CHARS = [256, 128, 64, 32];

/**
 * The fields of a body. `mcp_method` and `mcp_name` are those of the first message; `mcp_targets` lists the targets of a single
 * message with several. For a batch, `mcp_batch` lists each distinct message and `mcp_batch_methods` counts all by method.
 *
 * @param messages the readable messages of the body, with the server's names
 * @param clientName the name in the first message as the client sent it, if it differs: `mcp_client_name`
 */
export function messageFields(messages: readonly McpMessage[], clientName?: string): Record<string, unknown> {
  const [first] = messages;
  if (first === undefined) return {};
  const method = bounded(first.method);
  const targets = accessTargets(first);
  const name = bounded(targets[0]?.name);
  return {
    mcp_method: method,
    mcp_name: name,
    mcp_client_name: bounded(clientName),
    // OpenTelemetry's conventions for MCP and GenAI.
    "mcp.method.name": method,
    "gen_ai.tool.name": method === "tools/call" ? name : undefined,
    "gen_ai.prompt.name": method === "prompts/get" ? name : undefined,
    ...(messages.length > 1 && batchFields(messages)),
    ...(messages.length === 1 &&
      targets.length > 1 && {
        mcp_targets: boundedList(targets.map((target) => joined(target.kind, target.name))),
        mcp_targets_total: targets.length,
      }),
  };
}

/**
 * The fields of targets that rules or curation deny, or would deny in `log_only` mode: the first with what decided,
 * and a list if there are several.
 */
export function deniedFields(denied: readonly DeniedTarget[]): Record<string, unknown> {
  const [first] = denied;
  if (first === undefined) return {};
  return {
    denied_kind: first.kind,
    denied_name: bounded(first.name),
    denied_rule: first.rule,
    denied_setting: first.setting,
    denied_claim: first.claim,
    denied_scopes: first.missingScopes,
    denied_form: first.form,
    ...(denied.length > 1 && {
      denied_targets: boundedList(denied.map(({ kind, name }) => joined(kind, name))),
      denied_total: denied.length,
    }),
  };
}

function batchFields(messages: readonly McpMessage[]): Record<string, unknown> {
  const texts = messages.flatMap((message) => {
    const method = message.method ?? "response";
    const targets = accessTargets(message);
    return targets.length === 0 ? [method] : targets.map(({ name }) => joined(method, name));
  });
  return {
    mcp_batch: boundedList(texts),
    mcp_batch_total: messages.length,
    mcp_batch_methods: methodCounts(messages),
  };
}

function methodCounts(messages: readonly McpMessage[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { method = "response" } of messages) {
    const text = logText(method);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const counted = fitting([...counts.keys()], METHODS_MAX_BYTES).map((method) => [
    method,
    counts.get(method) as number,
  ]);
  const others = messages.length - counted.reduce((sum, [, count]) => sum + (count as number), 0);
  return Object.fromEntries(others > 0 ? [...counted, ["…", others]] : counted);
}

function joined(first: string, name: string | undefined): string {
  return name === undefined ? first : `${first} ${name}`;
}

function bounded(text: string | undefined): string | undefined {
  return text === undefined ? undefined : logText(text);
}

/** The distinct texts in order, then the number of texts that did not fit. */
export function boundedList(texts: readonly string[]): string[] {
  const different = [...new Set(texts)];
  let listed: string[] = [];
  for (const chars of TEXT_CHARS) {
    listed = fitting(different, LIST_MAX_BYTES, chars);
    if (listed.length === different.length) return listed;
  }
  return [...listed, `${different.length - listed.length} more`];
}

function fitting(texts: readonly string[], maxBytes: number, chars?: number): string[] {
  const listed: string[] = [];
  let bytes = 0;
  for (const text of texts) {
    const shown = logText(text, chars);
    bytes += Buffer.byteLength(jsonText(shown)) + 4;
    if (bytes > maxBytes) break;
    listed.push(shown);
  }
  return listed;
}
