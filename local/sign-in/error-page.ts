// The page for a sign-in error that cannot be returned to a client.
import type { ErrorOut, errors, KoaContextWithOIDC } from "oidc-provider";
import { documentProblem } from "./document-problem.ts";
import { html } from "./html.ts";
import { type Page, pageHeaders, renderPage } from "./page.ts";

export function errorPage(what: string, detail: string): Page {
  return {
    title: "Sign-in stopped",
    body: html`<h1>Sign-in stopped</h1>
<p>${detail}</p>
<p class="quiet">Start the sign-in again from your client. Error code: <code>${what}</code></p>`,
  };
}

/** oidc-provider's `renderError`. */
export async function renderProviderError(
  ctx: KoaContextWithOIDC,
  out: ErrorOut,
  error: errors.OIDCProviderError | Error,
): Promise<void> {
  const detail = documentProblem(ctx, error) ?? out.error_description;
  const page = errorPage(out.error, detail ?? "The request could not be completed.");
  ctx.set(pageHeaders(page));
  ctx.body = renderPage(page);
}
