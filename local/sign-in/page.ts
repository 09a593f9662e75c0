// The HTML frame of every page of the sign-in server: one inline style sheet, no scripts, no external resources, and a content
// security policy that enforces this.
import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { type Html, html } from "./html.ts";
import { PAGE_STYLE } from "./page-style.ts";

export type Page = {
  readonly title: string;
  readonly body: Html;
  /** The client's redirect URI, an additional target of the form's redirect. */
  readonly redirectUri?: string | undefined;
};

const STYLE_HASH = createHash("sha256").update(PAGE_STYLE).digest("base64");

export function renderPage({ title, body }: Page): string {
  const style: Html = { markup: `<style>${PAGE_STYLE}</style>` };
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
${style}
</head>
<body>
<main>
${body}
</main>
<footer>This page replaces Descope on this machine. The users are fictitious.</footer>
</body>
</html>
`.markup;
}

export function pageHeaders({ redirectUri }: Page): Record<string, string> {
  const formTargets = ["'self'", ...(redirectUri ? redirectTargets(redirectUri) : [])];
  return {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'; form-action ${formTargets.join(" ")}`,
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  };
}

export function sendPage(response: ServerResponse, status: number, page: Page): void {
  response.writeHead(status, pageHeaders(page)).end(renderPage(page));
}

// Browsers apply form-action to the redirects after a form's POST too, so it must contain the client's address. CSP cannot
// express an IPv6 host, so its scheme is used.
function redirectTargets(redirectUri: string): string[] {
  const url = URL.parse(redirectUri);
  if (!url || !/^[a-z][a-z0-9+.-]*:$/.test(url.protocol)) return [];
  const isWeb = url.protocol === "http:" || url.protocol === "https:";
  return [isWeb && !url.hostname.startsWith("[") ? url.origin : url.protocol];
}
