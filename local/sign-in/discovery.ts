// Changes oidc-provider's discovery document.
import type { Provider } from "oidc-provider";

/**
 * Changes the document of every discovery request.
 *
 * @param advertiseClientDocuments whether clients are told that they may identify themselves by a client id metadata document
 */
export function adjustDiscovery(provider: Provider, advertiseClientDocuments: boolean): void {
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.oidc?.route !== "discovery" || typeof ctx.body !== "object" || ctx.body === null) return;
    const document = ctx.body as Record<string, unknown>;
    // The callback of a native client on loopback reads a query: a client that prefers form_post would never get its code.
    document["response_modes_supported"] = ["query", "fragment"];
    if (!advertiseClientDocuments) delete document["client_id_metadata_document_supported"];
  });
}
