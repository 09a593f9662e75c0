// The way of a request through the proxy: event, principal, checks, downstream, streamed answer, one audit line.
import type { APIGatewayProxyEvent } from "aws-lambda";
import { admitRequest, type GatewayRequest } from "../core/admit-request.ts";
import { readBearerToken } from "../core/bearer.ts";
import { subjectOf } from "../core/mcp-message.ts";
import { decodePrincipal } from "../core/principal.ts";
import { type Refusal, type RequestId, refusal, refusalBody } from "../core/refusal.ts";
import { type ConfigStore, ConfigurationUnavailable } from "../platform/config-store.ts";
import type { CallDownstream } from "../platform/downstream.ts";
import type { SignIdentity } from "../platform/identity-signer.ts";
import type { Log } from "../platform/log.ts";
import { openReply, type Reply } from "../platform/response-stream.ts";
import { type SecretStore, SecretUnavailable } from "../platform/secret-store.ts";
import { type Audit, openAudit } from "./audit.ts";
import { requestOf } from "./event-request.ts";
import { forwardRequest } from "./forward.ts";
import { identityHeaders } from "./identity.ts";

/** What the proxy needs. `publicUrl` serves where `gateway.json` names none. */
export type ProxyParts = {
  config: ConfigStore;
  call: CallDownstream;
  sign: SignIdentity;
  secrets: SecretStore;
  publicUrl: string;
  log: Log;
  now?: () => Date;
};

/**
 * Makes the handler that `awslambda.streamifyResponse` wraps.
 *
 * @returns a function that throws only after the answer has begun: the runtime then breaks the stream off
 */
export function createProxy(parts: ProxyParts) {
  return async (event: APIGatewayProxyEvent, stream: awslambda.HttpResponseStream): Promise<void> => {
    const requestId = event.requestContext.requestId;
    const audit = openAudit(parts.log, requestId, event.httpMethod);
    const reply = openReply(stream);
    try {
      await answer(event, reply, audit, parts);
    } catch (cause) {
      if (reply.begun) {
        audit.broken(cause);
        throw cause;
      }
      await refuse(reply, refusalOfError(cause), null, requestId, audit, cause);
    } finally {
      audit.close();
    }
  };
}

async function answer(
  event: APIGatewayProxyEvent,
  reply: Reply,
  audit: Audit,
  { config, call, sign, secrets, publicUrl, now = () => new Date() }: ProxyParts,
): Promise<void> {
  const requestId = event.requestContext.requestId;
  const request = requestOf(event);
  const principal = decodePrincipal(event.requestContext.authorizer);
  if (principal !== undefined) audit.caller(principal);

  const snapshot = await config.current();
  const ownUrl = snapshot.gateway.public_url ?? publicUrl;
  const time = now();
  const admission = admitRequest(request, principal, snapshot, ownUrl, time);
  if (!admission.ok) return refuse(reply, admission.refusal, admission.id, requestId, audit);
  if (principal === undefined) throw new Error("admitted without a principal");
  const [first] = admission.messages;
  if (first !== undefined) audit.message(first.method, subjectOf(first));

  const identity = await identityHeaders({
    server: admission.server,
    principal,
    token: tokenOf(request, admission.server.tokenRules.headerKey),
    publicUrl: ownUrl,
    maxBytes: snapshot.gateway.limits.max_identity_bytes,
    sign,
    now: time,
  });
  if (!identity.ok) return refuse(reply, identity.refusal, admission.id, requestId, audit, identity.cause);

  const forwarded = await forwardRequest({
    request,
    admitted: admission,
    identity: identity.headers,
    configured: await filledHeaders(admission.server.headers, secrets),
    config: snapshot,
    call,
  });
  if (!forwarded.ok) {
    audit.downstream(forwarded.downstreamStatus);
    return refuse(reply, forwarded.refusal, admission.id, requestId, audit, forwarded.cause);
  }
  audit.downstream(forwarded.status);
  audit.answered(forwarded.status);
  forwarded.body.on("data", (chunk: Buffer) => audit.sent(chunk.length));
  await reply.relay(forwarded, forwarded.body);
}

async function filledHeaders(
  headers: Readonly<Record<string, string>>,
  secrets: SecretStore,
): Promise<Record<string, string>> {
  const filled = Object.entries(headers).map(
    async ([name, text]) => [name, await secrets.fill(text)] as const,
  );
  return Object.fromEntries(await Promise.all(filled));
}

function tokenOf(request: GatewayRequest, headerKey: string): string | undefined {
  const values = request.headers.get(headerKey.toLowerCase()) ?? [];
  const token = values.length === 1 ? readBearerToken(values[0], headerKey) : undefined;
  return token?.ok === true ? token.token : undefined;
}

async function refuse(
  reply: Reply,
  refused: Refusal,
  id: RequestId,
  requestId: string,
  audit: Audit,
  cause?: unknown,
): Promise<void> {
  audit.refused(refused.reason, refused.status, cause);
  const headers: Record<string, string> = { "content-type": "application/json", "cache-control": "no-store" };
  if (refused.allow !== undefined) headers["allow"] = refused.allow;
  await reply.send({ status: refused.status, headers }, refusalBody(refused, id, requestId));
}

function refusalOfError(cause: unknown): Refusal {
  if (cause instanceof ConfigurationUnavailable || cause instanceof SecretUnavailable) {
    return refusal(
      "configuration_unavailable",
      "The gateway's configuration is not available. Try again later.",
    );
  }
  return refusal(
    "internal_error",
    "The gateway failed. Try again; if it stays, give the request id to the administrator.",
  );
}
