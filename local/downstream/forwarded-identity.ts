// Reads the identity and the credential that a gateway put into the headers of one request. Nothing here is verified: a server may only
// believe it where no one but the gateway can reach it. Tokens are never passed on, only what they say.
import { z } from "zod";
import { readCredential, receivedCredentialSchema } from "./received-credential.ts";

const claimsSchema = z.record(z.string(), z.unknown());

/** What one request said about the user, as the `whoami` tool answers it. */
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
    .describe(
      "the credential that the gateway sent for this server, without its secret; null when there is none",
    ),
  headerNames: z.array(z.string()).describe("names of all headers that arrived, in lower case"),
});

/** See {@link forwardedIdentitySchema}. */
export type ForwardedIdentity = z.infer<typeof forwardedIdentitySchema>;

/** Reads the identity from the headers of the request at hand. */
export function readForwardedIdentity(headers: Headers): ForwardedIdentity {
  return {
    claims: jsonObject(headers.get("x-user-claims")),
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
  const [header, payload] = (token ?? "").split(".", 2).map((part) => jsonObject(fromBase64url(part)));
  return header && payload ? { header, payload } : null;
}

function fromBase64url(part: string): string {
  return Buffer.from(part, "base64url").toString("utf8");
}

function jsonObject(text: string | null): Record<string, unknown> | null {
  if (text === null) return null;
  try {
    return claimsSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
