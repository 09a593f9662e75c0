// Describes the credential of a request: its kind and readable content, but nothing that would allow its use.
import { z } from "zod";
import { claimsInPart, claimsSchema } from "./claims.ts";

/** The credential that one request carried. */
export const receivedCredentialSchema = z.object({
  header: z.string().describe("name of the header that carried it, in lower case"),
  kind: z
    .enum(["sigv4", "jwt", "opaque", "basic"])
    .describe("AWS Signature Version 4, a JWT, a token that says nothing of itself, or HTTP Basic"),
  claims: claimsSchema.nullable().describe("payload of a JWT, not verified; else null"),
  signature: z
    .object({
      service: z.string(),
      region: z.string(),
      date: z.string(),
      signedHeaders: z.array(z.string()),
    })
    .nullable()
    .describe("what AWS Signature Version 4 was made for; else null"),
});

/** See {@link receivedCredentialSchema}. */
export type ReceivedCredential = z.infer<typeof receivedCredentialSchema>;

const CREDENTIAL_HEADERS = ["authorization", "x-api-key"];
const SIGV4 =
  /^AWS4-HMAC-SHA256 Credential=[^/, ]+\/(\d{8})\/([\w-]+)\/([\w-]+)\/aws4_request, ?SignedHeaders=([\w;-]+), ?Signature=/;

/** @returns null without `Authorization` and `X-Api-Key` */
export function readCredential(headers: Headers): ReceivedCredential | null {
  const header = CREDENTIAL_HEADERS.find((name) => headers.has(name));
  if (header === undefined) return null;
  const value = headers.get(header) ?? "";
  const [, date, region = "", service = "", signed = ""] = SIGV4.exec(value) ?? [];
  if (date !== undefined) {
    const signature = { service, region, date, signedHeaders: signed.split(";") };
    return { header, kind: "sigv4", claims: null, signature };
  }
  if (/^Basic /i.test(value)) return { header, kind: "basic", claims: null, signature: null };
  const claims = jwtClaims(value.split(/\s+/).at(-1) ?? "");
  return { header, kind: claims === null ? "opaque" : "jwt", claims, signature: null };
}

function jwtClaims(token: string): Record<string, unknown> | null {
  const [head, payload, signature, more] = token.split(".");
  if (head === undefined || payload === undefined || !signature || more !== undefined) return null;
  return claimsInPart(head) && claimsInPart(payload);
}
