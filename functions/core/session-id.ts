// Session ids as clients see them: the downstream server's own id, encrypted and bound to the caller and the server. Stateless:
// nothing is stored, and an id of another user, an altered or an invented one does not open.
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from "node:crypto";

/** Whom a session belongs to. */
export type SessionBinding = { sub: string; issuer: string; server: string };

const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Longest id that a client gets: with the token it must fit API Gateway's 10,240 bytes of headers. */
const MAX_ID_LENGTH = 2_048;

/**
 * Makes the id that a client gets. The same session always gives the same id: servers repeat theirs on every answer.
 *
 * @param secret the gateway's session secret
 * @param downstreamId `Mcp-Session-Id` as the server sent it
 * @param binding the caller and the server
 * @throws Error where the id would be longer than clients can send back
 */
export function sealSessionId(secret: string, downstreamId: string, binding: SessionBinding): string {
  const { encryptionKey, nonceKey } = derivedKeys(secret);
  const bound = boundData(binding);
  // A nonce made from the content repeats only for the same content, which GCM allows (as in RFC 5297).
  const nonce = createHmac("sha256", nonceKey)
    .update(bound)
    .update(downstreamId)
    .digest()
    .subarray(0, NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, encryptionKey, nonce).setAAD(bound);
  const sealed = Buffer.concat([cipher.update(downstreamId, "utf8"), cipher.final()]);
  const clientId = Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url");
  if (clientId.length > MAX_ID_LENGTH) {
    throw new Error(
      `the server's session id of ${downstreamId.length} characters is too long to be handed on`,
    );
  }
  return clientId;
}

/**
 * Recovers the server's own id.
 *
 * @param secrets the current secret, then former ones whose sessions may still live
 * @param clientId `Mcp-Session-Id` as the client sent it
 * @param binding who sends it, and to which server
 * @returns undefined where it was not made for exactly this caller and server
 */
export function openSessionId(
  secrets: readonly string[],
  clientId: string,
  binding: SessionBinding,
): string | undefined {
  const bytes = Buffer.from(clientId, "base64url");
  // Node skips what is no base64url and bits of the last character: an id altered there is an altered id.
  if (bytes.length <= NONCE_BYTES + TAG_BYTES || bytes.toString("base64url") !== clientId) return undefined;
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
  for (const secret of secrets) {
    const { encryptionKey } = derivedKeys(secret);
    const decipher = createDecipheriv(CIPHER, encryptionKey, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(boundData(binding)).setAuthTag(tag);
    try {
      return (
        decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES), undefined, "utf8") + decipher.final("utf8")
      );
    } catch {
      // Another secret may have made it; after the last one the id is refused.
    }
  }
  return undefined;
}

// As a JSON array, so that no two bindings read alike.
function boundData({ sub, issuer, server }: SessionBinding): Buffer {
  return Buffer.from(JSON.stringify([sub, issuer, server]));
}

const keysBySecret = new Map<string, { encryptionKey: Buffer; nonceKey: Buffer }>();

function derivedKeys(secret: string): { encryptionKey: Buffer; nonceKey: Buffer } {
  let keys = keysBySecret.get(secret);
  if (keys === undefined) {
    const derived = (purpose: string) =>
      Buffer.from(hkdfSync("sha256", secret, "", `mcp-session ${purpose}`, 32));
    keys = { encryptionKey: derived("encryption"), nonceKey: derived("nonce") };
    keysBySecret.set(secret, keys);
  }
  return keys;
}
