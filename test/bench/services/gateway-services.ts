// Fast loopback services for the gateway's functions: SSM, a JWKS and an upstream; and tokens of callers.
import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

import { type CryptoKey, exportJWK, type GenerateKeyPairResult, generateKeyPair, SignJWT } from "jose";
import { LOOPBACK_CERTIFICATE, LOOPBACK_KEY } from "../../fixtures/loopback-tls.ts";

export const ISSUER = "https://auth.example.com/v1/apps/agentic/P2example/MS2example";
export const AUDIENCE = "https://mcp.example.com";
const PREFIX = "/mcp-gateway/bench";
const SESSION_SECRET = { Name: "/mcp-gateway-secrets/bench", Value: "0123456789abcdef0123456789abcdef" };
/** Page size of Parameter Store. */
const PAGE_SIZE = 10;

/** The running services. */
export type GatewayServices = {
  url: string;
  /** the gateway-level file and those of the servers, by name */
  config: { gateway: object; servers: Record<string, object> };
  /** environment variables for a function that uses the services */
  environment: Record<string, string>;
  publicKey: CryptoKey;
  publicJwk: object;
  /** An access token of about 1.2 KB. */
  token(claims?: Record<string, unknown>, lifetime?: string): Promise<string>;
  close(): Promise<void>;
};

/** Server files by name; `url` defaults to this upstream. */
export type ServerFiles = Readonly<Record<string, Record<string, unknown>>>;

/**
 * Starts the services.
 *
 * @param servers server files
 * @param options another upstream than the default one, which returns an empty result for every message; the keys that sign tokens, if
 *   several services share them; https with the loopback certificate of the tests, which the process must trust; additions to gateway.json
 */
export async function startGatewayServices(
  servers: ServerFiles = { tools: {} },
  {
    upstreamUrl,
    keys,
    tls = false,
    gateway = {},
  }: { upstreamUrl?: string; keys?: GenerateKeyPairResult; tls?: boolean; gateway?: object } = {},
): Promise<GatewayServices> {
  const { publicKey, privateKey } = keys ?? (await generateKeyPair("RS256", { extractable: true }));
  const publicJwk = { ...(await exportJWK(publicKey)), kid: "bench-key", alg: "RS256", use: "sig" };
  const listener: http.RequestListener = (request, response) => {
    void text(request).then((body) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(request.url === "/" ? fromSsm(JSON.parse(body)) : (bodies[request.url ?? ""] ?? "{}"));
    });
  };
  const server = tls
    ? https.createServer({ key: LOOPBACK_KEY, cert: LOOPBACK_CERTIFICATE }, listener)
    : http.createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `${tls ? "https" : "http"}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = configOf(servers, url, upstreamUrl ?? `${url}/mcp`, gateway);
  const stored = parameters(config);
  const pages = Array.from({ length: Math.ceil(stored.length / PAGE_SIZE) }, (_, page) =>
    JSON.stringify({
      Parameters: stored.slice(page * PAGE_SIZE, (page + 1) * PAGE_SIZE),
      ...((page + 1) * PAGE_SIZE < stored.length && { NextToken: String(page + 1) }),
    }),
  );
  const fromSsm = ({ Name, NextToken }: { Name?: string; NextToken?: string }) =>
    Name === undefined ? pages[Number(NextToken ?? 0)] : JSON.stringify({ Parameter: SESSION_SECRET });
  const bodies: Record<string, string> = {
    "/jwks.json": JSON.stringify({ keys: [publicJwk] }),
    "/mcp": JSON.stringify({ jsonrpc: "2.0", id: 1, result: {} }),
  };
  return {
    url,
    config,
    environment: functionEnvironment(url),
    publicKey,
    publicJwk,
    token: (claims = {}, lifetime = "2h") =>
      new SignJWT({ ...CLAIMS, ...claims })
        .setProtectedHeader({ alg: "RS256", kid: "bench-key", typ: "JWT" })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setIssuedAt()
        .setExpirationTime(lifetime)
        .sign(privateKey),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const CLAIMS = {
  sub: "U2abcdefghijklmnopqrstuvwxyz",
  email: "alice@example.com",
  name: "Alice Example",
  dct: "T2abcdefghijklmnopqrstuvwxyz",
  azp: "TPA2abcdefghijklmnopqrstuvwxyz",
  scope: "openid mail:read mail:send files:read",
  tenants: {
    T2abcdefghijklmnopqrstuvwxyz: { roles: ["admin", "editor"], permissions: ["read", "write", "share"] },
  },
  roles: ["member"],
  amr: ["oauth"],
  subscription: "pro",
};

const IDENTITY_CLAIMS = ["sub", "email", "name", "dct", "tenants", "roles", "subscription"];

function configOf(
  servers: ServerFiles,
  url: string,
  upstreamUrl: string,
  more: object,
): GatewayServices["config"] {
  const gateway = {
    public_url: AUDIENCE,
    jwt_validation: {
      jwksUri: `${url}/jwks.json`,
      claimValues: { iss: { values: ISSUER }, aud: { values: AUDIENCE, matchType: "contains" } },
    },
    user_identity_forwarding: { method: "claims_header", include_claims: IDENTITY_CLAIMS },
    ...more,
  };
  const files = Object.entries(servers).map(([name, file]) => [name, { url: upstreamUrl, ...file }]);
  return { gateway, servers: Object.fromEntries(files) };
}

function parameters({ gateway, servers }: GatewayServices["config"]): object[] {
  const files = Object.entries(servers).map(([name, file]) => [`servers/${name}`, file] as const);
  return [["gateway", gateway] as const, ...files].map(([name, value]) => ({
    Name: `${PREFIX}/${name}`,
    Type: "String",
    Version: 1,
    Value: JSON.stringify(value),
  }));
}

function functionEnvironment(url: string): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "",
    CONFIG_PREFIX: PREFIX,
    DECISION_CACHE_SECONDS: "300",
    PUBLIC_URL: AUDIENCE,
    SIGNING_KEY_ARNS: "",
    SESSION_SECRET_PARAMETERS: SESSION_SECRET.Name,
    AWS_REGION: "eu-central-1",
    AWS_ENDPOINT_URL_SSM: url,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_SESSION_TOKEN: "local",
    AWS_LAMBDA_FUNCTION_NAME: "bench",
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "512",
  };
}
