// Reads the token in a response of a token endpoint (RFC 6749 §5.1, RFC 8693 §2.2.1) or of Descope's Connections. Rejects a token that
// is not valid in a header: control characters could end the header and start another.
import { decodeBase64url } from "../base64url.ts";
import type { TokenPlace } from "../config/upstream/credential.ts";
import { TOKEN_PLACEHOLDER } from "../config/upstream/fields.ts";
import { isJsonObject, numberText, objectOrEmpty, readJson } from "../json.ts";
import { TOKEN_MAX_BYTES, UNKNOWN_LIFETIME_MS } from "../limits.ts";

/** A token. `expiresAt`: milliseconds since 1970, if known. */
export type UpstreamToken = { value: string; expiresAt: number | undefined };

/** The token, or what is wrong with the response, without its content. */
export type TokenReading = { ok: true; token: UpstreamToken } | { ok: false; fault: string };

export type AskedAudience = { resource: string | undefined; audience: string | undefined };

/**
 * Reads a token endpoint's response.
 *
 * @param now time of the request, in milliseconds since 1970
 * @param asked for an exchanged token: the audience that a JWT must contain in `aud`
 */
export function readEndpointToken(json: unknown, now: number, asked?: AskedAudience): TokenReading {
  if (!isJsonObject(json)) return fault("not a JSON object");
  const { access_token: value, token_type: type, expires_in: lifetime } = json;
  if (!isSendable(value)) return fault("no access_token that can be sent in a header");
  if (type !== undefined && (typeof type !== "string" || type.toLowerCase() !== "bearer")) {
    return fault("a token_type other than Bearer");
  }
  if (asked !== undefined && !isMeantFor(value, asked)) {
    return fault("a JWT whose aud is not the requested resource or audience");
  }
  const seconds = lifetime === undefined || lifetime === null ? undefined : Number(textOf(lifetime) ?? NaN);
  if (seconds !== undefined && !Number.isFinite(seconds)) return fault("an expires_in that is not a number");
  return read(value, seconds === undefined ? undefined : now + seconds * 1_000);
}

/** Reads the response of a Descope Connection. */
export function readConnectionToken(json: unknown): TokenReading {
  const { token } = objectOrEmpty(json);
  if (!isJsonObject(token)) return fault("no token object");
  const { accessToken: value, accessTokenExpiry: expiry } = token;
  if (!isSendable(value)) return fault("no accessToken that can be sent in a header");
  const expiresAt = readExpiry(expiry);
  return expiresAt === "unreadable"
    ? fault("an accessTokenExpiry that is not a time")
    : read(value, expiresAt);
}

/** Epoch seconds, epoch milliseconds or RFC 3339, as a string. Absent, empty and "0" mean not known. */
function readExpiry(expiry: unknown): number | "unreadable" | undefined {
  if (expiry === undefined || expiry === null) return undefined;
  const text = textOf(expiry) ?? "unreadable";
  if (text === "" || text === "0") return undefined;
  const time = /^-?\d+(?:\.\d+)?$/.test(text) ? epochMs(Number(text)) : Date.parse(text);
  return Number.isNaN(time) ? "unreadable" : time;
}

/** A number may come as a string, or in a form such as `3600.0` (Python) that the JSON reader keeps as text. */
function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : numberText(value);
}

// 1e12 is the year 2001 in milliseconds, and the year 33658 in seconds.
function epochMs(value: number): number {
  return value > 1e12 ? value : value * 1_000;
}

/**
 * Until when a token may be cached, in milliseconds since 1970: until 60 seconds before it expires, and no longer than `cacheSeconds` and
 * the caller's token allow. One minute at most if its expiry is not known.
 *
 * @param limits `callerEndsAt`: expiry of the caller's token, if the credential depends on it
 */
export function reusableUntil(
  { expiresAt }: UpstreamToken,
  limits: { now: number; cacheSeconds: number; callerEndsAt: number | undefined },
): number {
  const { now, cacheSeconds, callerEndsAt = Number.POSITIVE_INFINITY } = limits;
  const ownEnd = expiresAt === undefined ? now + UNKNOWN_LIFETIME_MS : expiresAt - EXPIRY_MARGIN_MS;
  return Math.min(ownEnd, now + cacheSeconds * 1_000, callerEndsAt);
}

/** The value of the header that carries a token. */
export function tokenHeader({ format }: TokenPlace, token: string): string {
  return format.replace(TOKEN_PLACEHOLDER, () => token);
}

const EXPIRY_MARGIN_MS = 60_000;

// RFC 6749 appendix A.12 allows spaces, but they separate the parts of an Authorization header.
function isSendable(value: unknown): value is string {
  return typeof value === "string" && value.length <= TOKEN_MAX_BYTES && /^[\x21-\x7e]+$/.test(value);
}

/** True for an opaque token, whose audience can't be read. */
function isMeantFor(token: string, { resource, audience }: AskedAudience): boolean {
  const payload = jwtPayload(token);
  if (payload === undefined) return true;
  const named = [payload["aud"]].flat();
  return named.some((each) => each !== undefined && (each === resource || each === audience));
}

function jwtPayload(token: string): Record<string, unknown> | undefined {
  const parts = token.split(".");
  const [header, payload] = parts.slice(0, 2).map((part) => {
    const bytes = decodeBase64url(part);
    const reading = bytes === undefined ? undefined : readJson(bytes.toString("utf8"));
    return reading?.ok && isJsonObject(reading.value) ? reading.value : undefined;
  });
  return parts.length === 3 && header !== undefined ? (payload ?? {}) : undefined;
}

function read(value: string, expiresAt: number | undefined): TokenReading {
  return { ok: true, token: { value, expiresAt } };
}

function fault(text: string): TokenReading {
  return { ok: false, fault: `the response has ${text}` };
}
