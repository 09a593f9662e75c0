// OpenID Connect's userinfo endpoint for the JWT access tokens issued here.
import type { IncomingMessage, ServerResponse } from "node:http";
import { createLocalJWKSet, jwtVerify } from "jose";
import { sendError, sendJson } from "./http-message.ts";
import type { KeyRing } from "./key-ring.ts";
import { userById } from "./users.ts";

export async function serveUserinfo(
  keyRing: KeyRing,
  issuer: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const token = /^Bearer ([^ ]+)$/i.exec(request.headers.authorization ?? "")?.[1];
  const subject = token && (await verifiedSubject(keyRing, issuer, token));
  const user = subject ? userById(subject) : undefined;
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

async function verifiedSubject(keyRing: KeyRing, issuer: string, token: string): Promise<string | undefined> {
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(keyRing.jwks()), {
      issuer,
      algorithms: ["RS256"],
    });
    return payload.sub;
  } catch {
    return undefined;
  }
}
