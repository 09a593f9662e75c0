// Client ID metadata documents (draft-ietf-oauth-client-id-metadata-document) on this machine: a client id that
// is a loopback URL is fetched here, http allowed. oidc-provider fetches every other https client id and rejects private
// addresses.
import { type Adapter, type AdapterPayload, errors } from "oidc-provider";
import { isJsonObject, readJson } from "../../functions/core/json.ts";

/** oidc-provider's description of a document that could not be fetched. */
export const DOCUMENT_FETCH_FAILED = "client_id metadata document fetch failed";

const FETCH_TIMEOUT_MS = 2500;
const MAX_DOCUMENT_BYTES = 5 * 1024;
const CACHE_SECONDS = 30;
const LOOPBACK_HOSTS = new Set(["127.0.0.1", "[::1]", "localhost"]);

/** Adds documents at loopback URLs to the clients that an adapter knows. */
export function withClientDocuments(clients: Adapter): Adapter {
  return {
    ...clients,
    find: async (id) => {
      const known = await clients.find(id);
      if (known || !isLoopbackDocument(id)) return known;
      const fetched = await fetchClientDocument(id);
      await clients.upsert(id, fetched, CACHE_SECONDS);
      return fetched;
    },
  };
}

/** A URL with a path on loopback, without user, fragment or dot segments. */
export function isLoopbackDocument(clientId: string): boolean {
  const url = URL.parse(clientId);
  if (!url || !["http:", "https:"].includes(url.protocol) || !LOOPBACK_HOSTS.has(url.hostname)) return false;
  return url.href === clientId && url.pathname !== "/" && !url.hash && !url.username && !url.password;
}

async function fetchClientDocument(clientId: string): Promise<AdapterPayload> {
  let text: string;
  try {
    const response = await fetch(clientId, {
      headers: { accept: "application/json" },
      redirect: "error",
      signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
    });
    if (response.status !== 200) throw new Error(`status ${response.status}`);
    text = await readLimited(response);
  } catch (cause) {
    // The same error as oidc-provider's for other documents; document-problem.ts turns both into a sentence.
    throw new errors.InvalidClient(DOCUMENT_FETCH_FAILED, { cause });
  }
  return checkedDocument(clientId, text);
}

async function readLimited(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_DOCUMENT_BYTES) throw new Error(`larger than ${MAX_DOCUMENT_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function checkedDocument(clientId: string, text: string): AdapterPayload {
  const { value: document } = readJson(text);
  if (!isJsonObject(document)) throw invalid("is not a JSON object");
  if (document["client_id"] !== clientId) throw invalid("must carry its own URL as client_id");
  if ("client_secret" in document) throw invalid("is public and must not contain a client_secret");
  const method = document["token_endpoint_auth_method"] ?? "none";
  if (String(method).startsWith("client_secret")) throw invalid("cannot use a client secret: use none");
  return { ...document, token_endpoint_auth_method: method } as AdapterPayload;
}

function invalid(what: string): Error {
  return new errors.InvalidClientMetadata(`client_id metadata document ${what}`);
}
