// Serves the login and consent pages of one authorization request and passes the user's decisions to oidc-provider.
// A forged POST from another site fails: the interaction cookie is SameSite=Lax and its id is in the path.
import type { IncomingMessage, ServerResponse } from "node:http";
import type Provider from "oidc-provider";
import type { InteractionResults } from "oidc-provider";
import { accountAt, type Connections } from "./connections/connection-app.ts";
import { FETCH_SCOPE } from "./connections/vault.ts";
import { errorPage } from "./error-page.ts";
import { readBody, sendError } from "./http-message.ts";
import { sendPage } from "./page.ts";
import { type AccessRequest, consentPage, loginPage } from "./pages.ts";
import { type LocalUser, userById, userByKey } from "./users.ts";

type Interaction = Awaited<ReturnType<Provider["interactionDetails"]>>;

/** Dependencies of the pages. */
export type InteractionParts = {
  readonly provider: Provider;
  readonly knownScopes: readonly string[];
  readonly connections: Connections;
};

export async function serveInteraction(
  parts: InteractionParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { provider, connections } = parts;
  const interaction = await currentInteraction(provider, request, response);
  if (!interaction) {
    sendPage(
      response,
      400,
      errorPage("session_not_found", "This sign-in has expired or was opened in another browser."),
    );
  } else if (request.method === "GET") {
    await showPage(parts, interaction, request, response);
  } else if (request.method === "POST") {
    const form = new URLSearchParams(await readBody(request));
    const result = await resultOf(provider, interaction, form);
    if (result && "consent" in result) connectAccounts(connections, interaction, form.getAll("connect"));
    if (result) await provider.interactionFinished(request, response, result);
    else await showPage(parts, interaction, request, response);
  } else {
    sendError(response, 405, "invalid_request", "Use GET to show this page or POST to submit it.");
  }
}

async function currentInteraction(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Interaction | undefined> {
  try {
    return await provider.interactionDetails(request, response);
  } catch (error) {
    if ((error as { error?: string }).error === "invalid_request") return undefined;
    throw error;
  }
}

async function showPage(
  { provider, knownScopes, connections }: InteractionParts,
  interaction: Interaction,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // A metadata document that can no longer be fetched ends the sign-in at its next step, with the reason.
  const client = await provider.Client.find(String(interaction.params["client_id"])).catch(() => undefined);
  const access: AccessRequest = {
    action: String(request.url),
    clientId: String(interaction.params["client_id"]),
    clientName: client?.clientName ?? String(interaction.params["client_id"]),
    redirectUri: String(interaction.params["redirect_uri"]),
    resources: askedResources(interaction),
    scopes: askedScopes(interaction).filter((scope) => knownScopes.includes(scope)),
  };
  const user = interaction.session && userById(interaction.session.accountId);
  const page =
    interaction.prompt.name === "consent" && user
      ? consentPage(access, user, connectable(connections, access.scopes, user))
      : loginPage(access);
  sendPage(response, 200, page);
}

/** At Descope, a scope can be mapped to a Connection: the account is then connected with the consent. */
function connectable({ apps, store }: Connections, scopes: readonly string[], user: LocalUser): string[] {
  if (!scopes.includes(FETCH_SCOPE)) return [];
  return apps.filter((app) => !store.isConnected(accountAt(app, user).account)).map(({ appId }) => appId);
}

function connectAccounts({ apps, store }: Connections, { session }: Interaction, appIds: string[]): void {
  const user = session && userById(session.accountId);
  for (const app of apps) {
    if (user && appIds.includes(app.appId))
      store.connect(accountAt(app, user).account, { scopes: app.scopes });
  }
}

async function resultOf(
  provider: Provider,
  interaction: Interaction,
  form: URLSearchParams,
): Promise<InteractionResults | undefined> {
  if (form.get("decision") === "deny") {
    return { error: "access_denied", error_description: "the user did not allow the access" };
  }
  if (interaction.prompt.name !== "consent") {
    const user = userByKey(form.get("user") ?? "");
    // The login page completes both prompts: it asks which account signs in.
    return user && { login: { accountId: user.id, remember: false }, select_account: {} };
  }
  if (form.get("decision") !== "approve" || !interaction.session) return undefined;
  return { consent: { grantId: await saveGrant(provider, interaction, interaction.session.accountId) } };
}

async function saveGrant(provider: Provider, interaction: Interaction, accountId: string): Promise<string> {
  const grant = new provider.Grant({ accountId, clientId: String(interaction.params["client_id"]) });
  const scope = askedScopes(interaction).join(" ");
  grant.addOIDCScope(scope);
  for (const resource of askedResources(interaction)) grant.addResourceScope(resource, scope);
  return grant.save();
}

function askedScopes(interaction: Interaction): string[] {
  return String(interaction.params["scope"] ?? "")
    .split(" ")
    .filter(Boolean);
}

function askedResources(interaction: Interaction): string[] {
  return [interaction.params["resource"] ?? []].flat().map(String);
}
