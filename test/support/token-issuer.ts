// A generic authorization server: one key, its JWKS at an arbitrary URL, and tokens of any content.

import { startHttp } from "./loopback-server.ts";
import { makeKey, signToken, type TestKey } from "./tokens.ts";

export type TokenIssuer = {
  issuer: string;
  audience: string;
  key: TestKey;
  /** the `jwt_validation` block that allows its tokens */
  jwtValidation: { jwksUri: string; claimValues: Record<string, { values: string; matchType: string }> };
  /** Signs a token that is valid for an hour; an override of `undefined` omits the claim. */
  token(claims?: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>;
  close(): Promise<void>;
};

export async function startTokenIssuer(audience = "https://mcp.example.com"): Promise<TokenIssuer> {
  const key = await makeKey();
  const server = await startHttp((_request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ keys: [key.publicJwk] }));
  });
  const issuer = `http://127.0.0.1:${server.port}/realms/tests`;
  return {
    issuer,
    audience,
    key,
    jwtValidation: {
      jwksUri: `${issuer}/protocol/certs`,
      claimValues: {
        iss: { values: issuer, matchType: "exact" },
        aud: { values: audience, matchType: "contains" },
      },
    },
    token: (claims = {}, header = {}) =>
      signToken(key, { ...currentClaims(issuer, audience), ...claims }, header),
    close: server.close,
  };
}

function currentClaims(issuer: string, audience: string): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000);
  return { iss: issuer, aud: audience, sub: "U2alice", iat: now - 10, exp: now + 3600 };
}
