// The page on which accounts are connected and disconnected, at the address of Descope's hosted flows: `/<project id>?flow=…`. At Descope a
// user signs in first; here one page shows the accounts of all users, and sets the responses of the vault and the token endpoint.
import { randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Html, html } from "../html.ts";
import { readBody, sendError } from "../http-message.ts";
import { type Page, sendPage } from "../page.ts";
import { EXCHANGE_DENIALS, type ExchangeSettings } from "../token-exchange.ts";
import { LOCAL_USERS } from "../users.ts";
import { accountAt, type ConnectionApp, type Connections } from "./connection-app.ts";
import type { Account, ConnectionStore } from "./connection-store.ts";
import { EXPIRY_FORMS, VAULT_VARIANTS, type VaultSettings } from "./vault-variants.ts";

/** What the page shows and changes. */
export type ConnectionsPageParts = Connections & {
  readonly settings: VaultSettings;
  readonly exchange: ExchangeSettings;
};

const PERMITTED = "permitted";

type Row = { readonly label: string; readonly account: Account };

/** @returns the request handler of the page */
export function connectionsPage(
  parts: ConnectionsPageParts,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  // CSRF token: only this page knows it.
  const formKey = randomBytes(16).toString("base64url");
  return async (request, response) => {
    if (request.method === "POST") {
      const form = new URLSearchParams(await readBody(request));
      if (!isSame(form.get("form_key") ?? "", formKey)) {
        return sendError(response, 403, "access_denied", "The form is not from this page. Reload the page.");
      }
      change(parts, form);
      // 303 See Other: reloading the page does not submit the form again.
      response.writeHead(303, { location: String(request.url) }).end();
      return;
    }
    sendPage(response, 200, pageOf(parts, formKey, String(request.url)));
  };
}

function change({ apps, store, settings, exchange }: ConnectionsPageParts, form: URLSearchParams): void {
  const [appId, index] = (form.get("connect") ?? form.get("disconnect") ?? "").split("#");
  const app = apps.find((each) => each.appId === appId);
  const account = app && rowsOf(app)[Number(index)]?.account;
  if (app !== undefined && account !== undefined) {
    if (form.has("connect")) store.connect(account, { scopes: app.scopes });
    else store.disconnect(account);
  }
  const chosen = (name: string) => form.get(name) ?? "";
  const [variant, expiryForm, denial] = [chosen("variant"), chosen("expiry_form"), chosen("token_exchange")];
  if (isKeyOf(VAULT_VARIANTS, variant)) settings.variant = variant;
  if (isKeyOf(EXPIRY_FORMS, expiryForm)) settings.expiryForm = expiryForm;
  if (denial === PERMITTED) exchange.denial = undefined;
  else if (isKeyOf(EXCHANGE_DENIALS, denial)) exchange.denial = denial;
}

function rowsOf(app: ConnectionApp): Row[] {
  return LOCAL_USERS.map((user) => accountAt(app, user));
}

function pageOf(
  { apps, store, settings, exchange }: ConnectionsPageParts,
  formKey: string,
  action: string,
): Page {
  const key = html`<input type="hidden" name="form_key" value="${formKey}">`;
  return {
    title: "Connections",
    body: html`<h1>Connections</h1>
<p>A person connects an account at another service once. From then on, MCP clients can use it for that person.</p>
${apps.length === 0 ? html`<p>No server of this gateway uses a Connection.</p>` : ""}
<form method="post" action="${action}">${key}
${apps.map((app) => appFields(app, store))}
</form>
<form method="post" action="${action}">${key}
<p class="quiet">To see what clients get for other responses of Descope:</p>
<dl>
<div><dt>Response of the token vault</dt><dd>${select("variant", Object.keys(VAULT_VARIANTS), settings.variant)}</dd></div>
<div><dt>Its tokens' expiry is written as</dt><dd>${select("expiry_form", Object.keys(EXPIRY_FORMS), settings.expiryForm)}</dd></div>
<div><dt>Token exchange is</dt><dd>${select("token_exchange", [PERMITTED, ...Object.keys(EXCHANGE_DENIALS)], exchange.denial ?? PERMITTED)}</dd></div>
</dl>
<div class="choices"><button>Apply</button></div>
</form>`,
  };
}

function appFields(app: ConnectionApp, store: ConnectionStore): Html {
  const rows = rowsOf(app).map(({ label, account }, index) => {
    const [state, verb] = store.isConnected(account)
      ? ["connected", "disconnect"]
      : ["not connected", "connect"];
    const text = `${verb.charAt(0).toUpperCase()}${verb.slice(1)}`;
    return html`<button class="person" name="${verb}" value="${app.appId}#${String(index)}"><span class="who"><strong>${text} ${label}</strong> <span class="tag">${state}</span></span></button>
`;
  });
  return html`<fieldset><legend>${app.appId}</legend>
${rows}</fieldset>`;
}

function select(name: string, values: readonly string[], chosen: string): Html {
  const options = values.map((value) =>
    value === chosen
      ? html`<option value="${value}" selected>${words(value)}</option>`
      : html`<option value="${value}">${words(value)}</option>`,
  );
  return html`<select name="${name}" aria-label="${words(name)}">${options}</select>`;
}

function words(name: string): string {
  return name.replaceAll("_", " ");
}

function isKeyOf<Names extends object>(names: Names, name: string): name is keyof Names & string {
  return Object.hasOwn(names, name);
}

function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
