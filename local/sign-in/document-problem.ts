// Explains why a client's metadata document could not be used, in one sentence for the page and the terminal: its URL and the cause,
// which oidc-provider does not report.
import { errors, type KoaContextWithOIDC } from "oidc-provider";
import { commandText } from "../../infra/package-paths.ts";
import { DOCUMENT_FETCH_FAILED, isLoopbackDocument } from "./client-documents.ts";

const NO_INTERNET = `If this machine has no access to the internet, run \`${commandText("local", "--no-cimd")}\`: clients then register themselves instead.`;

type ProviderError = Error & { error_description?: string; error_detail?: string };

/** undefined if the error is not about a document. */
export function documentProblem(ctx: KoaContextWithOIDC, error: ProviderError): string | undefined {
  const url = URL.parse(clientIdOf(ctx));
  if (url === null) return undefined;
  // `href` has no control characters, so it can go to a terminal.
  const document = `The client id metadata document ${url.href}`;
  if (error instanceof errors.InvalidClientMetadata) {
    return `${document} is not valid: ${error.error_description}.`;
  }
  if (error.error_description !== DOCUMENT_FETCH_FAILED) return undefined;
  const failed = `${document} could not be fetched: ${causeOf(error)}.`;
  return isLoopbackDocument(url.href) ? failed : `${failed} ${NO_INTERNET}`;
}

function clientIdOf({ oidc }: KoaContextWithOIDC): string {
  return String(oidc.params?.["client_id"] ?? oidc.body?.["client_id"] ?? "");
}

/** The message is only "fetch failed"; the causes have the details. */
function causeOf(error: ProviderError): string {
  const messages: string[] = [];
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) {
    messages.push(cause.message || (cause as NodeJS.ErrnoException).code || cause.name);
  }
  return messages.join(": ") || error.error_detail || "unknown cause";
}
