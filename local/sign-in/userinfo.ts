// OpenID Connect's userinfo endpoint for the JWT access tokens issued here.
import type { IncomingMessage, ServerResponse } from "node:http";
import { sendError, sendJson } from "./http-message.ts";
import type { KeyRing } from "./key-ring.ts";
import { userById } from "./users.ts";
import { verifiedToken } from "./verified-token.ts";

export async function serveUserinfo(
  keyRing: KeyRing,
  issuer: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const token = /^Bearer ([^ ]+)$/i.exec(request.headers.authorization ?? "")?.[1];
  const claims = token ? await verifiedToken(keyRing, [issuer], token) : undefined;
  const user = claims?.sub === undefined ? undefined : userById(claims.sub);
  if (!user) {
    response.setHeader("www-authenticate", 'Bearer error="invalid_token"');
    sendError(
      response,
      401,
      "invalid_token",
      "Send an access token of a user as Authorization: Bearer <token>.",
    );
    return;
  }
  sendJson(response, 200, {
    sub: user.id,
    name: user.name,
    email: user.email,
    email_verified: true,
    tenants: { [user.tenant]: { roles: user.roles, permissions: user.permissions } },
    subscription: user.subscription,
  });
}
