// `POST /local/token` {"user": "free"|"pro", "scope"?: string, "kind"?: string, "expires_in"?: seconds}: a token without a browser, for
// `npm run token` and static headers. Descope has no such endpoint. Only programs on this machine can use it: the server
// listens on loopback and accepts only its own Host, and rejects requests with an Origin. Web pages cannot send JSON across
// origins without a preflight, which fails here.
import type { IncomingMessage, ServerResponse } from "node:http";
import { objectOrEmpty, readJson } from "../../functions/core/json.ts";
import { readBody, sendError, sendJson } from "./http-message.ts";
import { TOKEN_KINDS, tokenKind } from "./token-kinds.ts";
import { knownUsers, userByKey } from "./users.ts";

export type IssueToken = (options: {
  user: string;
  scope?: string;
  kind?: string;
  claims?: Record<string, unknown>;
  header?: Record<string, unknown>;
  expiresInSeconds?: number;
}) => Promise<string>;

export async function serveLocalToken(
  issueToken: IssueToken,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.headers.origin !== undefined) {
    sendError(
      response,
      403,
      "access_denied",
      "This endpoint is for programs on this machine, not for web pages.",
    );
    return;
  }
  if (request.method !== "POST" || request.headers["content-type"] !== "application/json") {
    sendError(response, 400, "invalid_request", "Expected POST with content-type application/json.");
    return;
  }
  const { value } = readJson(await readBody(request));
  const { user, scope, kind, expires_in: expiresIn } = objectOrEmpty(value);
  if (typeof user !== "string" || !userByKey(user)) {
    sendError(
      response,
      400,
      "unknown_user",
      `Unknown user ${JSON.stringify(user ?? null)}. Known users: ${knownUsers()}.`,
    );
  } else if (scope !== undefined && typeof scope !== "string") {
    sendError(response, 400, "invalid_request", "scope must be a string of scopes separated by spaces.");
  } else if (kind !== undefined && (typeof kind !== "string" || tokenKind(kind) === undefined)) {
    const known = Object.keys(TOKEN_KINDS).join(", ");
    sendError(response, 400, "invalid_request", `kind must be one of ${known}.`);
  } else if (expiresIn !== undefined && !Number.isSafeInteger(expiresIn)) {
    sendError(response, 400, "invalid_request", "expires_in must be a whole number of seconds.");
  } else {
    const token = await issueToken({
      user,
      ...(scope === undefined ? {} : { scope }),
      ...(kind === undefined ? {} : { kind }),
      ...(expiresIn === undefined ? {} : { expiresInSeconds: Number(expiresIn) }),
    });
    sendJson(response, 200, { access_token: token, token_type: "Bearer" });
  }
}
