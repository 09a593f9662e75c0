// One log line per request: caller, request, decision, reason, durations and metrics. No tokens, no arguments, and no claim values except
// the caller's ids. Names with dots are those of OpenTelemetry's conventions for MCP and GenAI.
import type { DeniedTarget } from "../core/authorize-messages.ts";
import type { BlockedEntry } from "../core/config/blocked-entries.ts";
import type { McpMessage } from "../core/mcp-message.ts";
import type { Principal } from "../core/principal.ts";
import { describeFailure } from "../platform/failure.ts";
import type { Log } from "../platform/log.ts";
import { monotonicMs } from "../platform/monotonic-ms.ts";
import type { RequestMetrics } from "../platform/request-metrics.ts";
import { boundedList, deniedFields, messageFields } from "./audit-messages.ts";
import type { StreamEnd } from "./time-limit.ts";

/** Collects the fields of the audit line during a request. */
export type Audit = {
  caller(principal: Principal): void;
  /** the requested server is configured */
  configured(server: string): void;
  /** the readable messages of the body, with the server's names; `clientName` is the first one's if it differs */
  messages(messages: readonly McpMessage[], clientName?: string): void;
  /** pinned tools in a list whose definition has changed */
  changedTools(tools: readonly string[]): void;
  /** targets that rules deny, or would deny in `log_only` mode */
  denied(targets: readonly DeniedTarget[]): void;
  /** the entry of `blocked` that matches the caller */
  blocked(entry: BlockedEntry): void;
  errorSent(reason: string, status: number, cause?: unknown): void;
  /** members of the combined endpoint whose rules deny the caller's token */
  absent(members: readonly MemberReason[]): void;
  /** members of the combined endpoint without a part in the response */
  unavailable(members: readonly MemberReason[]): void;
  /** a rule in `log_only` mode would have denied the request for this reason */
  shadowed(reason: string): void;
  /** rate limits that deny the request, would deny it in `log_only` mode, or could not count it */
  limits(limits: AuditedLimits): void;
  responded(status: number): void;
  /** a credential of this kind was obtained, or failed; milliseconds add up */
  credential(kind: string, ms: number): void;
  /** the request to the server starts now */
  forwarding(): void;
  downstream(status: number | undefined): void;
  /** counts body bytes sent to the client; the first call marks the first byte */
  sent(bytes: number): void;
  /** an unreadable event was replaced with an error, or a body that is not MCP or an invalid entry of a list was omitted */
  replaced(cause: Error): void;
  /** the gateway ended the stream cleanly */
  ended(end: StreamEnd): void;
  /** the response failed after it had begun */
  aborted(cause: unknown): void;
  /** writes the line */
  close(): void;
};

/** A member of the combined endpoint, and why it has no part in a response. */
type MemberReason = { name: string; reason: string };

/** Limits by name. */
export type AuditedLimits = {
  denied: string | undefined;
  wouldDeny: readonly string[];
  notCounted: readonly string[];
  /** why they could not be counted */
  cause: unknown;
  /** how long counting took, in milliseconds */
  ms: number;
};

export type AuditParts = {
  log: Log;
  /** API Gateway's request id */
  requestId: string;
  httpMethod: string;
  /** creates the metrics of the line; omitted: none */
  metrics?: RequestMetrics | undefined;
  /** name of the combined endpoint, for a request that came through it */
  endpoint?: string | undefined;
  /** monotonic milliseconds */
  now?: () => number;
};

/** Opens the audit of one request. */
export function openAudit({
  log,
  requestId,
  httpMethod,
  metrics,
  endpoint,
  now = monotonicMs,
}: AuditParts): Audit {
  const startedAt = now();
  let sentError: { reason: string; status: number } | undefined;
  let shadowed: string | undefined;
  let limits: AuditedLimits | undefined;
  let absent: readonly MemberReason[] = [];
  let unavailable: readonly MemberReason[] = [];
  let status: number | undefined;
  let cause: string | undefined;
  let isBroken: true | undefined;
  let streamEnd: StreamEnd | undefined;
  let caller: Principal | undefined;
  let asked: readonly McpMessage[] = [];
  let askedAs: string | undefined;
  let denied: readonly DeniedTarget[] = [];
  const changed = new Set<string>();
  let blocked: BlockedEntry | undefined;
  let server: string | undefined;
  let credentialKind: string | undefined;
  let credentialMs: number | undefined;
  let forwardedAt: number | undefined;
  let downstreamStatus: number | undefined;
  let downstreamMs: number | undefined;
  let firstByteMs: number | undefined;
  let bytes = 0;
  return {
    caller(principal) {
      caller = principal;
    },
    configured(name) {
      server = name;
    },
    messages(messages, clientName) {
      asked = messages;
      askedAs = clientName;
    },
    changedTools(tools) {
      for (const tool of tools) changed.add(tool);
    },
    denied(targets) {
      denied = targets;
    },
    blocked(entry) {
      blocked = entry;
    },
    errorSent(reason, code, failureCause) {
      sentError = { reason, status: code };
      status = code;
      cause = describe(failureCause) ?? cause;
    },
    absent(members) {
      absent = members;
    },
    unavailable(members) {
      unavailable = members;
    },
    shadowed(reason) {
      shadowed = reason;
    },
    limits(audited) {
      limits = audited;
      if (audited.wouldDeny.length > 0) shadowed ??= "rate_limited";
      cause ??= describe(audited.cause);
    },
    responded(code) {
      status = code;
    },
    credential(kind, ms) {
      credentialKind = kind;
      credentialMs = (credentialMs ?? 0) + ms;
    },
    forwarding() {
      forwardedAt = now();
    },
    downstream(code) {
      downstreamStatus = code;
      if (forwardedAt !== undefined) downstreamMs = Math.round(now() - forwardedAt);
    },
    sent(count) {
      firstByteMs ??= Math.round(now() - startedAt);
      bytes += count;
    },
    replaced(reason) {
      cause ??= describe(reason);
    },
    ended(end) {
      streamEnd = end;
    },
    aborted(reason) {
      isBroken = true;
      cause = describe(reason);
    },
    close() {
      const totalMs = Math.round(now() - startedAt);
      const isFailure = sentError !== undefined && sentError.status >= 500;
      const isDownstreamError =
        Number(downstreamStatus) >= 500 || isBroken || sentError?.reason.startsWith("downstream_");
      const published = metrics?.(
        {
          Requests: 1,
          Denials: sentError !== undefined && !isFailure ? 1 : undefined,
          Failures: isFailure ? 1 : undefined,
          DownstreamErrors: isDownstreamError ? 1 : undefined,
          UpstreamCredentialFailures: isCredentialFailure(sentError?.reason, credentialKind) ? 1 : undefined,
          DownstreamMs: downstreamMs,
          FirstByteMs: firstByteMs,
          DurationMs: totalMs,
          MembersUnavailable: unavailable.length || undefined,
          RateLimited: limits?.denied === undefined ? undefined : 1,
          RateLimitWouldDeny: limits?.wouldDeny.length || undefined,
          RateLimitNotCounted: limits?.notCounted.length || undefined,
          ChangedTools: changed.size || undefined,
        },
        server,
        limits?.denied ?? limits?.wouldDeny[0] ?? limits?.notCounted[0],
      );
      const fields = {
        request_id: requestId,
        http_method: httpMethod,
        endpoint,
        decision: sentError === undefined ? "allow" : isFailure ? "error" : "deny",
        reason: sentError?.reason,
        would_deny: shadowed,
        server: caller?.server,
        sub: caller?.sub,
        tenant: caller?.tenant,
        client_id: caller?.clientId,
        ...messageFields(asked, askedAs),
        ...deniedFields(denied),
        changed_tools: changed.size > 0 ? boundedList([...changed]) : undefined,
        claim: blocked?.rule.claim,
        block_reason: blocked?.reason,
        ...limitFields(limits),
        members_absent: memberField(absent),
        members_unavailable: memberField(unavailable),
        status,
        upstream_auth: credentialKind,
        upstream_auth_ms: credentialMs === undefined ? undefined : Math.round(credentialMs),
        downstream_status: downstreamStatus,
        downstream_ms: downstreamMs,
        first_byte_ms: firstByteMs,
        total_ms: totalMs,
        bytes,
        stream_ended: streamEnd,
        broken: isBroken,
        cause,
      };
      log.info("request", fields, published);
    },
  };
}

/** Whether no credential could be obtained, or the server rejected it. */
function isCredentialFailure(reason = "", kind?: string): boolean {
  return reason.startsWith("upstream_token_") || (kind !== undefined && reason === "downstream_unauthorized");
}

function memberField(members: readonly MemberReason[]): string[] | undefined {
  return members.length > 0 ? members.map(({ name, reason }) => `${name}: ${reason}`) : undefined;
}

function limitFields(limits: AuditedLimits | undefined): Record<string, unknown> {
  if (limits === undefined) return {};
  const { denied, wouldDeny, notCounted, ms } = limits;
  return {
    rate_limit: denied,
    rate_limits_would_deny: wouldDeny.length > 0 ? wouldDeny : undefined,
    rate_limits_not_counted: notCounted.length > 0 ? notCounted : undefined,
    rate_limit_ms: ms,
  };
}

function describe(cause: unknown): string | undefined {
  return cause === undefined ? undefined : describeFailure(cause);
}
