// Strict base64url (RFC 4648 section 5). Node's decoder skips unknown characters, accepts padding and ignores spare bits, so that one
// token could be written in many ways, each with its own cache entry and rate limit.

/**
 * Decodes base64url without padding.
 *
 * @param text one part of a token
 * @returns the bytes, or undefined if encoding them again gives another text
 * @see RFC 7515 section 2
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : undefined;
}
