// Seals session, event and task ids of MCP servers, and the combined endpoint's sessions and cursors, for clients, and clients' progress tokens for
// its members: encrypted, and bound to the caller and the server. Nothing is stored. An id of another user, an altered id or an invented id does not open.
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
} from "node:crypto";

/** The kind of an id. Each has its own keys, so that an id of one kind never opens as another. */
export type IdPurpose = "session" | "event" | "task" | "combined" | "cursor" | "progress";

/** The caller and server that an id is bound to. `session` is the server's own session id, for an id of one session. */
export type IdBinding = {
  sub: string;
  issuer: string;
  server: string;
  tenant: string;
  session?: string | undefined;
};

const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Longest sealed id: with the token it must fit API Gateway's 10,240 bytes of headers. */
const MAX_ID_LENGTH = 2_048;
/** Longest sealed cursor: cursors travel in bodies. */
const MAX_CURSOR_LENGTH = 16_384;

function maxLength(purpose: IdPurpose): number {
  return purpose === "cursor" ? MAX_CURSOR_LENGTH : MAX_ID_LENGTH;
}

/** The longest text that can be sealed, in bytes of UTF-8. */
export function longestText(purpose: IdPurpose): number {
  return Math.floor((maxLength(purpose) * 3) / 4) - NONCE_BYTES - TAG_BYTES;
}

/**
 * Seals an id. The result is the same for the same id, purpose and binding, since servers repeat their ids.
 *
 * @param purpose the kind of the id
 * @param id the server's own id
 * @param binding the caller and the server
 * @returns undefined if the result would be longer than clients can send back
 */
export function sealId(
  secret: string,
  purpose: IdPurpose,
  id: string,
  binding: IdBinding,
): string | undefined {
  const { encryptionKey, nonceKey } = derivedKeys(secret, purpose);
  const bound = boundData(binding);
  // A nonce made from the content repeats only for the same content, which GCM allows (as in RFC 5297).
  const nonce = createHmac("sha256", nonceKey).update(bound).update(id).digest().subarray(0, NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, encryptionKey, nonce).setAAD(bound);
  const sealed = Buffer.concat([cipher.update(id, "utf8"), cipher.final()]);
  const clientId = Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url");
  return clientId.length > maxLength(purpose) ? undefined : clientId;
}

/**
 * Opens a sealed id.
 *
 * @param secrets the current secret, then former ones whose ids may still be in use
 * @param purpose the kind that the id must have
 * @param binding the caller and the server of this request
 * @returns the server's own id; undefined if it was not sealed for exactly this purpose, caller and server
 */
export function openId(
  secrets: readonly string[],
  purpose: IdPurpose,
  clientId: string,
  binding: IdBinding,
): string | undefined {
  // Node's decoder ignores some characters and bits. An id that was altered there must not open either.
  if (clientId.length > maxLength(purpose) || !hasSealedForm(clientId)) return undefined;
  const bytes = Buffer.from(clientId, "base64url");
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
  for (const secret of secrets) {
    const { encryptionKey } = derivedKeys(secret, purpose);
    const decipher = createDecipheriv(CIPHER, encryptionKey, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(boundData(binding)).setAuthTag(tag);
    try {
      return (
        decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES), undefined, "utf8") + decipher.final("utf8")
      );
    } catch {
      // It may have been sealed with another secret.
    }
  }
  return undefined;
}

/** Whether an id has the form of a sealed id. It may have been sealed for another caller. */
export function hasSealedForm(clientId: string): boolean {
  const bytes = Buffer.from(clientId, "base64url");
  return bytes.length > NONCE_BYTES + TAG_BYTES && bytes.toString("base64url") === clientId;
}

// A JSON array, so that different bindings have different texts.
function boundData({ sub, issuer, server, tenant, session }: IdBinding): Buffer {
  const members = [sub, issuer, server, tenant, ...(session === undefined ? [] : [session])];
  return Buffer.from(JSON.stringify(members));
}

// Not as bytes: Node would make a key of them at each use, which takes longer than to seal an id.
type DerivedKeys = { encryptionKey: KeyObject; nonceKey: KeyObject };

const keysBySecret = new Map<string, DerivedKeys>();

function derivedKeys(secret: string, purpose: IdPurpose): DerivedKeys {
  const key = `${purpose} ${secret}`;
  let keys = keysBySecret.get(key);
  if (keys === undefined) {
    const derived = (use: string) =>
      createSecretKey(Buffer.from(hkdfSync("sha256", secret, "", `mcp-${purpose} ${use}`, 32)));
    keys = { encryptionKey: derived("encryption"), nonceKey: derived("nonce") };
    keysBySecret.set(key, keys);
  }
  return keys;
}
