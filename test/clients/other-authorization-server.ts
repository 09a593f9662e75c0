// An authorization server with other paths and claims than Descope, which signs its only user in and consents without a prompt.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import type { RequestListener } from "node:http";
import Provider, { type Configuration } from "oidc-provider";
import { startHttp } from "../support/loopback-server.ts";

const REALM = "/realms/choir";
const PROTOCOL = `${REALM}/protocol/openid-connect`;
const KEY_ID = "key-1";

export type OtherServer = { issuer: string; jwksUri: string; close(): Promise<void> };

/** @param audience `aud` of its tokens, whatever resource is requested */
export async function startOtherServer(audience: string, scopes: string[]): Promise<OtherServer> {
  const { origin, close } = await startHttp((request, response) => respond(request, response));
  const provider = new Provider(origin + REALM, configuration(audience, scopes));
  const callback = provider.callback();
  const respond: RequestListener = (request, response) => {
    const path = request.url ?? "";
    if (path.startsWith("/interaction/")) {
      void agree(provider, request, response);
      return;
    }
    // It serves its discovery documents at the root.
    if (path.startsWith(`${REALM}/.well-known/`)) request.url = path.slice(REALM.length);
    void callback(request, response);
  };
  return {
    issuer: origin + REALM,
    jwksUri: `${origin}${PROTOCOL}/certs`,
    close,
  };
}

function configuration(audience: string, scopes: string[]): Configuration {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk = { ...privateKey.export({ format: "jwk" }), kid: KEY_ID, alg: "ES256", use: "sig" };
  return {
    jwks: { keys: [jwk] } as NonNullable<Configuration["jwks"]>,
    cookies: { keys: [randomBytes(32).toString("base64url")] },
    clientDefaults: { application_type: "native", id_token_signed_response_alg: "ES256" },
    enabledJWA: { idTokenSigningAlgValues: ["ES256"] },
    scopes: ["openid", "offline_access", ...scopes],
    issueRefreshToken: async () => true,
    findAccount: async (_ctx, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    routes: {
      authorization: `${PROTOCOL}/auth`,
      token: `${PROTOCOL}/token`,
      jwks: `${PROTOCOL}/certs`,
      registration: `${REALM}/clients-registrations/openid-connect`,
    },
    features: {
      devInteractions: { enabled: false },
      registration: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: async () => audience,
        useGrantedResource: async () => true,
        getResourceServerInfo: async () => ({
          audience,
          scope: scopes.join(" "),
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: "ES256" } },
        }),
      },
    },
    formats: {
      customizers: {
        jwt: (_ctx, _token, jwt) => {
          Object.assign(jwt.payload, { preferred_username: "alto", realm_access: { roles: ["singer"] } });
        },
      },
    },
  };
}

/** Signs the one user in and consents to everything. */
async function agree(provider: Provider, ...[request, response]: Parameters<Provider["interactionDetails"]>) {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if (prompt.name === "login" || session === undefined) {
    await provider.interactionFinished(request, response, { login: { accountId: "singer-1" } });
    return;
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: String(params["client_id"]) });
  grant.addOIDCScope(String(params["scope"]));
  for (const resource of [params["resource"] ?? []].flat()) {
    grant.addResourceScope(String(resource), String(params["scope"]));
  }
  await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}
