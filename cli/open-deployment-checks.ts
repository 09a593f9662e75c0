// Checks of a deployment without a token: the challenge, the metadata, and API Gateway's own error responses.
import { decodeJwt } from "jose";
import type { DeploymentCheck } from "./deployment-check.ts";
import { bodyOf, endpointOf, mcp, outcomeOf, send, type Target } from "./deployment-target.ts";

const METADATA_PATH = "/.well-known/oauth-protected-resource";
const NOT_A_TOKEN = "verify-deployment.is-no.token";

/** Checks without a token. */
export const OPEN_CHECKS: readonly DeploymentCheck[] = [
  {
    name: "health",
    expected: "200",
    todo: "Check --url: on execute-api it ends with the stage, on a custom domain with the host.",
    run: async ({ url }) => {
      const response = await send(`${url}/health`);
      return { ok: response.status === 200, actual: outcomeOf(response) };
    },
  },
  {
    name: "challenge",
    expected: "401 with WWW-Authenticate: Bearer, not renamed, with a realm or the URL of the metadata",
    todo: "Look for the gateway response UNAUTHORIZED in the API, and whether the stage was deployed after it. A header x-amzn-remapped-www-authenticate means that API Gateway did not send this response.",
    run: async (target) => checkChallenge(await send(endpointOf(target, target.server), mcp("ping")), target),
  },
  {
    name: "challenge twice",
    expected: "the same from the authorizer's Unauthorized, also at the second request",
    todo: "See the authorizer's log: 503 means that it failed, 403 that API Gateway cached a denial. Set -c authorizerCacheTtl=0 until the cause is known.",
    run: async (target) => {
      const request = { ...mcp("ping"), token: NOT_A_TOKEN };
      await send(endpointOf(target, target.server), request);
      return checkChallenge(await send(endpointOf(target, target.server), request), target);
    },
  },
  {
    name: "challenge without Origin",
    expected: "no Access-Control-Allow-Origin, or the configured one",
    todo: "The mapping expression itself was sent: name a single origin in allowed_origins, so that the template contains a literal.",
    run: async (target) => {
      const { headers } = await send(endpointOf(target, target.server), mcp("ping"));
      const allowed = headers.get("access-control-allow-origin");
      return { ok: !allowed?.startsWith("method."), actual: allowed ?? "none" };
    },
  },
  metadataCheck("metadata", () => METADATA_PATH, "" as const),
  metadataCheck("metadata of the server", ({ server }) => `${METADATA_PATH}/${server}/mcp`, "server"),
  {
    name: "combined endpoint",
    expected: "/mcp and its metadata, or neither",
    todo: 'Only the metadata: "combined" was pushed after the last deployment. Deploy the stack with it, or with the setting combined. Only /mcp: "combined" was removed; deploy again.',
    run: checkCombined,
  },
  {
    name: "sign-in",
    expected: "an authorization server that publishes its endpoints and lets clients register",
    todo: "Compare authorization_servers of the metadata with the issuer in the Descope console, and enable registration for the MCP Server there.",
    run: checkAuthorizationServer,
  },
  {
    name: "unknown route",
    expected: "404 not_found",
    todo: "Look for the gateway response MISSING_AUTHENTICATION_TOKEN in the API.",
    run: async ({ url }) => checkNotFound(`${url}/verify-deployment/nothing`, undefined),
  },
  {
    name: "unknown route with a token",
    expected: "404 not_found",
    todo: "API Gateway read the header as an AWS signature and used a response type that is not customised: add it to infra/constructs/gateway-error-rows.ts.",
    run: async ({ url }) => checkNotFound(`${url}/verify-deployment/nothing`, NOT_A_TOKEN),
  },
];

async function checkCombined({ url }: Target) {
  const document = await send(`${url}${METADATA_PATH}/mcp`);
  const endpoint = await send(`${url}/mcp`, mcp("ping"));
  const hasDocument = document.status === 200 && bodyOf(document)["resource"] === `${url}/mcp`;
  const isAbsent = document.status === 404 && endpoint.status === 404;
  const actual = `metadata ${document.status}, /mcp ${endpoint.status}`;
  return { ok: isAbsent || (hasDocument && endpoint.status === 401), actual };
}

async function checkNotFound(url: string, token: string | undefined) {
  const response = await send(url, { token });
  const actual = outcomeOf(response);
  return { ok: actual === "404 not_found", actual };
}

function checkChallenge(response: Awaited<ReturnType<typeof send>>, { url, server }: Target) {
  const challenge = response.headers.get("www-authenticate");
  const renamed = response.headers.has("x-amzn-remapped-www-authenticate") ? ", renamed" : "";
  // Without a path, clients find the server's document themselves; below a path, it is that of the combined endpoint, the only server's or
  // the root document.
  const documents = ["", "/mcp", `/${server}/mcp`].map(
    (place) => `resource_metadata="${url}${METADATA_PATH}${place}"`,
  );
  const isNamed = documents.some((document) => challenge?.includes(document));
  const ok = response.status === 401 && (isNamed || challenge === `Bearer realm="${url}"`);
  return { ok, actual: `${response.status} with ${challenge ?? `no challenge${renamed}`}` };
}

function metadataCheck(name: string, path: (target: Target) => string, of: "" | "server"): DeploymentCheck {
  return {
    name,
    expected: "200, with the resource under --url and an authorization server",
    todo: "503 or 500: the configuration cannot be read; see the metadata function's log for SSM (GetParametersByPath on the prefix). Another resource: set public_url to the URL that clients use.",
    run: async (target) => {
      const response = await send(target.url + path(target));
      const { resource, authorization_servers: servers } = bodyOf(response);
      const wanted = of === "server" ? endpointOf(target, target.server) : target.url;
      const ok =
        response.status === 200 && resource === wanted && Array.isArray(servers) && servers.length > 0;
      return { ok, actual: `${response.status} with the resource ${String(resource)}` };
    },
  };
}

async function checkAuthorizationServer(target: Target) {
  const metadata = bodyOf(await send(`${target.url}${METADATA_PATH}/${target.server}/mcp`));
  const [issuer] = (metadata["authorization_servers"] ?? []) as string[];
  if (issuer === undefined || !URL.canParse(issuer)) return { ok: false, actual: "missing in the metadata" };
  const { origin, pathname } = new URL(issuer);
  const path = pathname === "/" ? "" : pathname;
  // RFC 8414 puts the well-known part first; OpenID Connect Discovery, and Descope, append it.
  const places = [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${issuer}/.well-known/oauth-authorization-server`,
    `${issuer}/.well-known/openid-configuration`,
  ];
  for (const place of places) {
    const response = await send(place);
    const document = bodyOf(response);
    if (response.status !== 200 || document["token_endpoint"] === undefined) continue;
    const registers =
      document["registration_endpoint"] !== undefined ||
      document["client_id_metadata_document_supported"] === true;
    const isSameIssuer = document["issuer"] === issuer && tokenIsFrom(issuer, target.token);
    const form = place.slice(origin.length).startsWith("/.well-known") ? "inserted" : "appended";
    const registration = registers ? "registration" : "no registration";
    return {
      ok: registers && isSameIssuer,
      actual: `${form} form, ${registration}, ${isSameIssuer ? "the" : "another"} issuer`,
    };
  }
  return { ok: false, actual: `no document below ${issuer}` };
}

function tokenIsFrom(issuer: string, token: string | undefined): boolean {
  try {
    return token === undefined || decodeJwt(token).iss === issuer;
  } catch {
    // An opaque token does not name its issuer.
    return true;
  }
}
