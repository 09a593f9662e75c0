// Claims as the tools of these servers return them: JSON objects, read without verifying who wrote them.
import { z } from "zod";

export const claimsSchema = z.record(z.string(), z.unknown());

type Claims = z.infer<typeof claimsSchema>;

/** @returns null for what is not a JSON object */
export function claimsIn(text: string): Claims | null {
  try {
    return claimsSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** The same for a part of a JWT. */
export function claimsInPart(part: string): Claims | null {
  return claimsIn(Buffer.from(part, "base64url").toString("utf8"));
}
