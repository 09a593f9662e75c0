// Reads the identity and the credential from the headers of one request, without verifying them: a server may trust them only if
// no one except the gateway can reach it. Returns the claims of tokens, never the tokens.
import { z } from "zod";
import { claimsIn, claimsInPart, claimsSchema } from "./claims.ts";
import { readCredential, receivedCredentialSchema } from "./received-credential.ts";

/** The identity in one request, as the `whoami` tool returns it. */
export const forwardedIdentitySchema = z.object({
  claims: claimsSchema.nullable().describe("X-User-Claims, parsed; null when absent or not a JSON object"),
  jwt: z
    .object({ header: claimsSchema, payload: claimsSchema })
    .nullable()
    .describe("X-User-JWT, decoded and not verified; null when absent or not a JWT"),
  authorization: z
    .string()
    .nullable()
    .describe("scheme of the Authorization header, or none; null when the header is absent"),
  credential: receivedCredentialSchema
    .nullable()
    .describe("the credential that the gateway sent for this server, without its secret; null without one"),
  headerNames: z.array(z.string()).describe("names of all headers that arrived, in lower case"),
});

/** See {@link forwardedIdentitySchema}. */
export type ForwardedIdentity = z.infer<typeof forwardedIdentitySchema>;

/** Reads the identity from the headers of a request. */
export function readForwardedIdentity(headers: Headers): ForwardedIdentity {
  return {
    claims: claimsIn(headers.get("x-user-claims") ?? ""),
    jwt: decodedJwt(headers.get("x-user-jwt")),
    authorization: authorizationScheme(headers.get("authorization")),
    credential: readCredential(headers),
    headerNames: [...headers.keys()],
  };
}

function authorizationScheme(value: string | null): string | null {
  if (value === null) return null;
  // A value of one word is a credential without a scheme: it must not be repeated.
  return /^(\S+)\s+\S/.exec(value)?.[1] ?? "none";
}

function decodedJwt(token: string | null): ForwardedIdentity["jwt"] {
  const [header, payload] = (token ?? "").split(".", 2).map(claimsInPart);
  return header && payload ? { header, payload } : null;
}
