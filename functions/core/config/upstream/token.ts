// `upstream_auth` of types `client_credentials` (RFC 6749 §4.4) and `token_exchange` (RFC 8693): tokens from a token endpoint.
import * as v from "valibot";
import { quoteText } from "../faults.ts";
import {
  checked,
  checkedText,
  choice,
  closedObject,
  optionalKey,
  requiredKey,
  textField,
  type ValueFault,
} from "../fields.ts";
import { urlFault } from "../urls.ts";
import { cacheSecondsKey, extraParametersKey, placeKeys, scopesKey, secretReferenceKey } from "./fields.ts";

const SET_BY_GATEWAY = [
  "grant_type",
  "client_id",
  "client_secret",
  "client_assertion",
  "client_assertion_type",
  "scope",
  "resource",
  "audience",
  "subject_token",
  "subject_token_type",
];

function resourceFault(text: string): string | undefined {
  return /^[\x21-\x7e]+$/.test(text) && URL.canParse(text) && !text.includes("#")
    ? undefined
    : `expected an absolute URI without a fragment (RFC 8707), got ${quoteText(text)}.`;
}

const tokenUrl = requiredKey(checkedText("an https URL", urlFault), {
  description: "Token endpoint.",
  examples: ["https://auth.example.com/oauth2/token"],
  source: "RFC 6749",
});

const clientKeys = {
  client_id: requiredKey(textField("a client id"), {
    description: "The gateway's client id at the token endpoint.",
    examples: ["mcp-gateway"],
    source: "RFC 6749",
  }),
  client_secret: secretReferenceKey(
    "The client's secret, as a secret reference.",
    "{{ssm:/mcp-gateway-secrets/prod/tools-client}}",
  ),
  auth_method: optionalKey(choice(["client_secret_basic", "client_secret_post", "private_key_jwt"]), {
    description:
      "How the gateway authenticates: the secret as HTTP Basic or in the body, or a JWT signed with the gateway's KMS key (ES256, RFC 7523). The public key is at `/.well-known/jwks.json`.",
    examples: ["private_key_jwt"],
    source: "RFC 7591",
    default: "client_secret_basic",
  }),
  scopes: scopesKey("Scopes to request."),
  resource: optionalKey(checkedText("an absolute URI", resourceFault), {
    description: "Resource that the token is for (RFC 8707).",
    examples: ["https://tools.example.com/mcp"],
    source: "RFC 8707",
  }),
  audience: optionalKey(textField("an audience"), {
    description: "Audience that the token is for, if the endpoint expects a name.",
    examples: ["tools"],
    source: "RFC 8693",
  }),
  extra_parameters: extraParametersKey(SET_BY_GATEWAY),
  ...placeKeys,
};

const CACHE =
  "Maximum time for which a token is cached, in seconds; never beyond 60 seconds before it expires.";

/** `client_credentials`. */
export const clientCredentialsSchema = v.pipe(
  closedObject({
    type: requiredKey(v.literal("client_credentials"), {
      description: "One token of the gateway for all callers.",
      examples: ["client_credentials"],
      source: "RFC 6749",
    }),
    token_url: tokenUrl,
    ...clientKeys,
    cache_seconds: cacheSecondsKey(CACHE, 86_400, 3_600),
  }),
  checked((block) => clientFaults(block)),
);

const WITHOUT_TARGET = `requires "resource" or "audience": the token must be issued for this server. Add "resource": "<URL of the server's Resource in Descope>".`;

/** `token_exchange`. */
export const tokenExchangeSchema = v.pipe(
  closedObject({
    type: requiredKey(v.literal("token_exchange"), {
      description: "Exchanges the caller's token for one whose audience is the server.",
      examples: ["token_exchange"],
      source: "RFC 8693",
    }),
    token_url: optionalKey(checkedText("an https URL", urlFault), {
      description: "Token endpoint. The caller's token is sent there.",
      examples: ["https://api.descope.com/oauth2/v1/apps/token"],
      source: "RFC 8693",
      defaultNote: "that of the `descope` project",
    }),
    ...clientKeys,
    cache_seconds: cacheSecondsKey(
      `${CACHE} Descope's policies are not checked again for a cached token.`,
      3_600,
      300,
    ),
  }),
  checked((block) => clientFaults(block)),
  checked(({ resource, audience }) =>
    resource === undefined && audience === undefined ? [{ path: ["resource"], message: WITHOUT_TARGET }] : [],
  ),
);

export type ClientCredentialsBlock = v.InferOutput<typeof clientCredentialsSchema>;
export type TokenExchangeBlock = v.InferOutput<typeof tokenExchangeSchema>;

type ClientSecret = { auth_method: string; client_secret?: string | undefined };

function clientFaults({ auth_method: method, client_secret: secret }: ClientSecret): ValueFault[] {
  if (method === "private_key_jwt") {
    const message = `not used with "private_key_jwt", which uses the gateway's KMS key. Remove it.`;
    return secret === undefined ? [] : [{ path: ["client_secret"], message }];
  }
  const message = `required, but missing. The client's secret, as a secret reference. Add "client_secret": "{{ssm:/name}}", or "auth_method": "private_key_jwt".`;
  return secret === undefined ? [{ path: ["client_secret"], message }] : [];
}
