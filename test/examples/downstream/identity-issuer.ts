// The part of the gateway that an MCP server depends on: identity JWTs by the product's signer and keys, and the key set.
import { KMSClient } from "@aws-sdk/client-kms";
import { identityJwtPayload, signingInput } from "../../../functions/core/identity-jwt.ts";
import { createIdentitySigner } from "../../../functions/platform/identity-signer.ts";
import { openSigningKeys } from "../../../functions/platform/signing-keys.ts";
import { KeyStore } from "../../../local/kms/key-store.ts";
import { startKms } from "../../../local/kms/kms-service.ts";
import { startHttp } from "../../support/loopback-server.ts";
import { makeKey, signToken } from "../../support/tokens.ts";

const SUBJECT = "U2alice";
const LIFETIME_SECONDS = 300;
const [FIRST, SECOND, STRANGER] = ["first", "second", "stranger"].map(
  (name) => `arn:aws:kms:eu-central-1:123456789012:key/${name}`,
) as [string, string, string];

/** Differences from a valid JWT. `claims` have precedence; `undefined` omits a claim. */
export type JwtChanges = {
  header?: Record<string, unknown>;
  claims?: Record<string, unknown>;
  /** signed by a key that is not published, under the `kid` of the one that is */
  strangersKey?: boolean;
};

export type IdentityIssuer = {
  url: string;
  /** A JWT by the product's signer. `ageSeconds`: how long ago it was signed. */
  sign(audience: string, ageSeconds?: number): Promise<string>;
  /** A JWT by the product's keys with anything changed. */
  forge(audience: string, changes: JwtChanges): Promise<string>;
  /** A JWT by a published RSA key, which no gateway has: a server that accepts only ES256 rejects it. */
  signByRsa(audience: string): Promise<string>;
  /** The published key of `sign`, for attacks that use it. */
  publishedKey(): Promise<object>;
  /** Switches to the second key, which signs and is the only published key from then on. */
  rotate(): void;
  close(): Promise<void>;
};

/** Starts the issuer with the first key. */
export async function startIdentityIssuer(): Promise<IdentityIssuer> {
  const kms = await startKms(new KeyStore([FIRST, SECOND, STRANGER]));
  const open = (arn: string) => openSigningKeys([arn], kmsClient(kms.url));
  const stranger = open(STRANGER);
  const rsa = await makeKey("RS256", "rsa");
  let keys = open(FIRST);
  const server = await startHttp(async (request, response) => {
    if (request.url !== "/.well-known/jwks.json") return response.writeHead(404).end();
    response.writeHead(200, { "content-type": "application/json" });
    return response.end(JSON.stringify({ keys: [...(await keys.published()), rsa.publicJwk] }));
  });
  const url = `http://127.0.0.1:${server.port}`;
  const identity = (audience: string, now: Date) => ({
    issuer: url,
    audience,
    claims: { sub: SUBJECT, roles: ["admin"] },
    expirySeconds: LIFETIME_SECONDS,
    tokenExpiresAt: now.getTime() / 1000 + LIFETIME_SECONDS,
    now,
  });
  return {
    url,
    sign: (audience, ageSeconds = 0) =>
      createIdentitySigner(keys)({
        ...identity(audience, new Date(Date.now() - ageSeconds * 1000)),
        subject: SUBJECT,
        tokenIssuer: "https://auth.example.com",
        server: "example",
      }),
    forge: async (audience, { header = {}, claims = {}, strangersKey = false }) => {
      const payload = identityJwtPayload({ ...identity(audience, new Date()), jwtId: "forged" });
      const [head = "", body = ""] = signingInput(await keys.signingKeyId(), payload).split(".");
      const input = `${changed(head, header)}.${changed(body, claims)}`;
      return `${input}.${await (strangersKey ? stranger : keys).sign(input)}`;
    },
    signByRsa: (audience) =>
      signToken(rsa, identityJwtPayload({ ...identity(audience, new Date()), jwtId: "by-rsa" })),
    publishedKey: async () => (await keys.published())[0] as object,
    rotate: () => {
      keys = open(SECOND);
    },
    close: async () => {
      await Promise.all([server.close(), kms.close()]);
    },
  };
}

/** A client for a KMS on loopback. */
export function kmsClient(endpoint: string): KMSClient {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  return new KMSClient({ endpoint, region: "eu-central-1", credentials });
}

/** A JWT with some members of its parts replaced. */
export function changed(part: string, changes: Record<string, unknown>): string {
  const members = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
  return Buffer.from(JSON.stringify({ ...members, ...changes })).toString("base64url");
}
