// Reads the bearer token from a request header (RFC 6750 §2.1). Checks only its form; verifies nothing.
import { decodeBase64url } from "./base64url.ts";
import type { TokenRules } from "./config/token-rules.ts";
import { TOKEN_MAX_BYTES } from "./limits.ts";
import type { TokenDenial } from "./token-denial.ts";

/** The token as sent, or why the header has none. */
export type BearerToken = { ok: true; token: string } | { ok: false; denial: TokenDenial };

// b64token of RFC 6750 limited to the characters of a compact JWS (RFC 7515 §7.1); one or more spaces after the scheme.
const SCHEME_AND_TOKEN = /^bearer +(\S+)$/i;
const OPAQUE_TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;
const COMPACT_JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
// RFC 7516 section 7.1: five parts; encrypted key, initialization vector and tag may be empty.
const COMPACT_JWE = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*){4}$/;

/**
 * Reads the token of a request.
 *
 * @param headers all values of each header, by lower-case name
 * @param rules the header with the token, and whether it must be a JWT
 */
export function readToken(
  headers: ReadonlyMap<string, readonly string[]>,
  { headerKey, introspected }: Pick<TokenRules, "headerKey" | "introspected">,
): BearerToken {
  const values = headers.get(headerKey.toLowerCase()) ?? [];
  // Another reader might use the other token.
  if (values.length > 1) return deny("token_malformed", "one token", `${values.length} headers`);
  return readBearerToken(values[0], headerKey, introspected ? "opaque" : "jwt");
}

/**
 * Reads the token from a header value.
 *
 * @param value the header's value; several headers of one name must have been denied or joined before
 * @param headerKey the header's name: the `Bearer` scheme is required for `Authorization`, optional for any other
 * @param form `opaque` if tokens are verified by introspection and need not be JWTs
 * @see RFC 6750 §2.1
 */
export function readBearerToken(
  value: string | undefined,
  headerKey: string,
  form: "jwt" | "opaque" = "jwt",
): BearerToken {
  const text = withoutOuterSpace(value ?? "");
  if (text === "") return deny("token_missing", `a token in ${headerKey}`, "missing");
  const scheme = SCHEME_AND_TOKEN.exec(text);
  if (scheme === null && headerKey.toLowerCase() === "authorization") {
    return deny("scheme_unsupported", "Authorization: Bearer <token>", "an unsupported scheme or form");
  }
  const token = scheme?.[1] ?? text;
  if (token.length > TOKEN_MAX_BYTES) {
    return deny("token_too_long", `at most ${TOKEN_MAX_BYTES} bytes`, `${token.length} bytes`);
  }
  if (form === "opaque" && !OPAQUE_TOKEN.test(token)) {
    return deny("token_malformed", "a token of RFC 6750's characters", "invalid characters");
  }
  if (form === "opaque" && isRespelledJwt(token)) {
    return deny("token_malformed", "a JWT of canonical base64url parts", "non-canonical base64url");
  }
  if (form === "jwt" && !COMPACT_JWS.test(token)) {
    return COMPACT_JWE.test(token)
      ? deny("token_encrypted", "a signed JWT of three parts", "an encrypted one of five (JWE)")
      : deny("token_malformed", "a JWT of three base64url parts", "an invalid form");
  }
  return { ok: true, token };
}

/**
 * Whether a JWT for an introspection endpoint has a part that is not strict base64url. The endpoint might accept it, and rate limits and
 * caches would count one token as many. `verifyToken` makes the same check for tokens that are verified here.
 */
function isRespelledJwt(token: string): boolean {
  if (!COMPACT_JWS.test(token)) return false;
  const parts = token.split(".");
  const isJwt = Buffer.from(parts[0] as string, "base64url")
    .toString("latin1")
    .startsWith("{");
  return isJwt && parts.some((part) => decodeBase64url(part) === undefined);
}

// RFC 9110 section 5.5. `trim` would also remove U+00A0 and others, and rate limits would count one token as several. A regular expression
// for the end would take quadratic time.
function withoutOuterSpace(text: string): string {
  let [start, end] = [0, text.length];
  while (isSpace(text[start])) start++;
  while (end > start && isSpace(text[end - 1])) end--;
  return text.slice(start, end);
}

function isSpace(character: string | undefined): boolean {
  return character === " " || character === "\t";
}

function deny(reason: TokenDenial["reason"], expected: string, actual: string): BearerToken {
  return { ok: false, denial: { reason, expected, actual } };
}
