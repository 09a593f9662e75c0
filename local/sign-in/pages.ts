// The login page and the consent page.
import { type Html, html } from "./html.ts";
import type { Page } from "./page.ts";
import { LOCAL_USERS, type LocalUser } from "./users.ts";

/** The client's request, as the pages show it. */
export type AccessRequest = {
  /** Target of the page's form. */
  readonly action: string;
  readonly clientName: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly resources: readonly string[];
  readonly scopes: readonly string[];
};

const SCOPE_MEANING: Record<string, string> = {
  openid: "know which account you use",
  profile: "see your name",
  email: "see your email address",
  offline_access: "stay signed in",
  "outbound.token.fetch": "use the accounts that you have connected",
};

export function loginPage(request: AccessRequest): Page {
  return {
    title: `Sign in to ${request.clientName}`,
    redirectUri: request.redirectUri,
    body: html`<h1>Sign in</h1>
<p><strong>${request.clientName}</strong> requests access to <code>${request.resources.join(", ")}</code> on your behalf. You choose its permissions on the next page.</p>
<form method="post" action="${request.action}">
<fieldset>
<legend>Who is signing in?</legend>
${LOCAL_USERS.map(personButton)}
</fieldset>
<div class="choices"><button class="plain" name="decision" value="deny">Cancel and return to ${request.clientName}</button></div>
</form>`,
  };
}

function personButton(user: LocalUser): Html {
  return html`<button class="person" name="user" value="${user.key}">${initials(user)}<span class="who"><strong>${user.name}</strong> <span class="tag">${user.subscription} subscription</span>
<span class="line">${user.email}</span>
<span class="line">${user.roles.join(" and ")} at ${user.tenantName}</span></span></button>
`;
}

/** Decorative: the name is next to it. */
function initials({ name }: LocalUser): Html {
  const letters = name.split(" ").map((word) => word.slice(0, 1));
  return html`<span class="initials" aria-hidden="true">${letters.join("")}</span>`;
}

/** @param connectable services whose account is connected with the consent, unless the user clears the checkbox */
export function consentPage(request: AccessRequest, user: LocalUser, connectable: readonly string[]): Page {
  return {
    title: `Allow access for ${request.clientName}`,
    redirectUri: request.redirectUri,
    body: html`<h1>Allow ${request.clientName} to use your account?</h1>
<div class="person">${initials(user)}<span class="who"><span class="line">Signed in as</span><strong>${user.name}</strong> <span class="line">${user.email}</span></span></div>
<dl>
<div><dt>Client</dt><dd>${request.clientName} <span class="quiet">(name not verified)</span><br><code class="quiet">${request.clientId}</code></dd></div>
<div><dt>Access to</dt><dd>${request.resources.map((resource) => html`<code>${resource}</code> `)}</dd></div>
<div><dt>Requested scopes</dt><dd>${scopeList(request.scopes)}</dd></div>
<div><dt>Redirects to</dt><dd><code>${request.redirectUri}</code></dd></div>
</dl>
<form method="post" action="${request.action}">
${connectable.map(connectBox)}
<div class="choices">
<button class="main" name="decision" value="approve">Allow</button>
<button name="decision" value="deny">Deny</button>
</div>
</form>`,
  };
}

function connectBox(appId: string): Html {
  return html`<label><input type="checkbox" name="connect" value="${appId}" checked> Connect my account at <strong>${appId}</strong></label>
`;
}

function scopeList(scopes: readonly string[]): Html {
  if (scopes.length === 0) return html`None`;
  return html`<ul>${scopes.map((scope) => {
    const meaning = SCOPE_MEANING[scope];
    return html`<li><code>${scope}</code>${meaning ? html` <span>${meaning}</span>` : ""}</li>`;
  })}</ul>`;
}
