// Token exchange (RFC 8693) as a grant of the token endpoint: exchanges the caller's access token for one whose audience is another
// Resource. At Descope a policy with the grant type "Delegated access (token exchange)" permits it; here a setting does.
import { randomUUID } from "node:crypto";
import type { JWTPayload } from "jose";
import { errors, type KoaContextWithOIDC, type Provider } from "oidc-provider";
import { accessTokenClaims } from "./claims.ts";
import type { KeyRing } from "./key-ring.ts";
import { userById } from "./users.ts";

export const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";

/** Errors if the policy denies the exchange: RFC 8693 §2.2.2 allows the first two; Descope's error is unknown. */
export const EXCHANGE_DENIALS = {
  invalid_target: () => new errors.InvalidTarget("the policy does not permit this exchange"),
  invalid_request: () => new errors.InvalidRequest("the policy does not permit this exchange"),
  access_denied: () => new errors.AccessDenied("the policy does not permit this exchange"),
} as const;

/** Settings that can change while the server runs. */
export type ExchangeSettings = { denial: keyof typeof EXCHANGE_DENIALS | undefined };

export type ExchangeParts = {
  readonly keyRing: KeyRing;
  readonly projectId: string;
  /** `iss` of the issued tokens */
  readonly projectIssuer: string;
  readonly settings: Readonly<ExchangeSettings>;
  readonly tokenLifetimeSeconds: number;
  /** claims of a valid access token of this project, or undefined */
  readonly verify: (token: string) => Promise<JWTPayload | undefined>;
  /** whether a Resource with that URL exists, other than the gateway's */
  readonly isResource: (url: string) => boolean;
};

export function addTokenExchange(provider: Provider, parts: ExchangeParts): void {
  const parameters = [
    ...["subject_token", "subject_token_type", "requested_token_type"],
    ...["resource", "audience", "scope"],
  ];
  provider.registerGrantType(TOKEN_EXCHANGE, (ctx) => exchange(ctx, parts), parameters);
}

async function exchange(ctx: KoaContextWithOIDC, parts: ExchangeParts): Promise<void> {
  const { client, params = {} } = ctx.oidc;
  const clientId = client?.clientId ?? "";
  if (params["subject_token_type"] !== ACCESS_TOKEN) {
    throw new errors.InvalidRequest(`subject_token_type must be ${ACCESS_TOKEN}`);
  }
  const requested = params["requested_token_type"] ?? ACCESS_TOKEN;
  if (requested !== ACCESS_TOKEN) throw new errors.InvalidRequest(`only ${ACCESS_TOKEN} can be requested`);
  const subject = await parts.verify(String(params["subject_token"] ?? ""));
  if (subject?.["token_type"] !== "access_token") {
    throw new errors.InvalidRequest("subject_token is not a valid access token of this project");
  }
  const target = oneTarget(params["resource"], params["audience"]);
  if (!parts.isResource(target)) throw new errors.InvalidTarget(`unknown Resource ${target}`);
  if (parts.settings.denial !== undefined) throw EXCHANGE_DENIALS[parts.settings.denial]();

  const issuedAt = Math.floor(Date.now() / 1000);
  const scope = params["scope"] === undefined ? undefined : String(params["scope"]);
  const { projectIssuer: issuer, projectId, keyRing, tokenLifetimeSeconds } = parts;
  const claims = accessTokenClaims(
    { issuer, projectId, resource: target },
    {
      clientId,
      user: userById(String(subject.sub)),
      scope,
      jti: randomUUID(),
      issuedAt,
      expiresAt: issuedAt + tokenLifetimeSeconds,
    },
  );
  const exchanged = { ...claims, aud: target, sub: String(subject.sub), act: { sub: clientId } };
  ctx.body = {
    access_token: await keyRing.signToken(exchanged),
    issued_token_type: ACCESS_TOKEN,
    token_type: "Bearer",
    expires_in: tokenLifetimeSeconds,
    ...(scope !== undefined && { scope }),
  };
}

function oneTarget(resource: unknown, audience: unknown): string {
  const targets = [resource ?? [], audience ?? []].flat();
  if (targets.length === 1) return String(targets[0]);
  throw new errors.InvalidTarget("expected one resource, or one audience");
}
