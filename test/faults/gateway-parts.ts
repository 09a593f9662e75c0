// The authorizer and the proxy with their real adapters, in this process, each outside part behind a front that can fail. Time is the
// test's where a cache depends on it.
import { createAuthorizer } from "../../functions/authorizer/handler.ts";
import { openConfigStore } from "../../functions/platform/config-store.ts";
import { createHttpClient } from "../../functions/platform/http-client.ts";
import { createIdentitySigner } from "../../functions/platform/identity-signer.ts";
import { createIntrospection } from "../../functions/platform/introspection.ts";
import { createJwksCache } from "../../functions/platform/jwks.ts";
import {
  createParameterReader,
  createSecretReader,
  openParameterStore,
} from "../../functions/platform/parameter-store.ts";
import { openRateLimitStore } from "../../functions/platform/rate-limit-store.ts";
import { createKeyResolver } from "../../functions/platform/resolve-key.ts";
import { createSecretStore } from "../../functions/platform/secret-store.ts";
import { openSigningKeys } from "../../functions/platform/signing-keys.ts";
import { createRequestCounter } from "../../functions/proxy/count-request.ts";
import { createProxy } from "../../functions/proxy/handler.ts";
import { createSealedIds } from "../../functions/proxy/sealed-ids.ts";
import { createStaticHeaders, createUpstreamAuth } from "../../functions/proxy/upstream-auth.ts";
import { openCredentials } from "../../functions/proxy/upstream-credentials/open-credentials.ts";
import { startDynamoDb } from "../../local/dynamodb/dynamodb-service.ts";
import { KeyStore } from "../../local/kms/key-store.ts";
import { startKms } from "../../local/kms/kms-service.ts";
import { ParameterStore } from "../../local/ssm/parameter-store.ts";
import { startSsm } from "../../local/ssm/ssm-service.ts";
import { authorizerEvent, proxyEvent } from "../support/gateway-events.ts";
import { installAwsLambda, openLambdaResponse } from "../support/lambda-response.ts";
import { contextOf, principalWith } from "../support/principals.ts";
import { recordLog } from "../support/recorded-log.ts";
import { startRecorder } from "../support/recorder-server.ts";
import { startTokenIssuer } from "../support/token-issuer.ts";
import { startTokenEndpoint } from "../support/upstream-credentials/token-endpoint.ts";
import { type FaultyFront, startFaultyFront } from "./faulty-front.ts";

const KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/1234abcd";
const PREFIX = "/mcp-gateway/test";
const CALL = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add"}}';
const LIMIT = { name: "few", per: ["sub"], limit: 100, window: "1h" };
const LIST = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}';

/** What came of one request. */
export type Outcome = { status: number | "broken off"; reason: string | undefined; ms: number };

export type GatewayParts = Awaited<ReturnType<typeof startParts>>;

/** Starts everything outside the functions. Functions are made by `start`: each call is a cold one. */
export async function startParts() {
  installAwsLambda();
  const parameters = new ParameterStore();
  const [issuer, recorder, endpoint, ssm, kms, dynamoDb] = await Promise.all([
    startTokenIssuer(),
    startRecorder(),
    startTokenEndpoint(),
    startSsm(parameters),
    startKms(new KeyStore([KEY_ARN])),
    startDynamoDb([{ name: "rate-limits", key: "pk" }]),
  ]);
  const portOf = (url: string) => Number(new URL(url).port);
  const fronts = {
    SSM: await startFaultyFront(portOf(ssm.url)),
    KMS: await startFaultyFront(portOf(kms.url)),
    DynamoDB: await startFaultyFront(portOf(dynamoDb.url)),
    JWKS: await startFaultyFront(portOf(issuer.issuer)),
    downstream: await startFaultyFront(portOf(recorder.url)),
    "token endpoint": await startFaultyFront(portOf(endpoint.url)),
  } satisfies Record<string, FaultyFront>;
  const jwksUri = `http://127.0.0.1:${fronts.JWKS.port}/keys`;
  const url = `http://127.0.0.1:${fronts.downstream.port}/mcp`;
  const timeouts = { connect_ms: 500, first_byte_ms: 700, idle_ms: 700 };
  const upstreamAuth = {
    type: "client_credentials",
    token_url: `http://127.0.0.1:${fronts["token endpoint"].port}/token`,
    client_id: "gateway",
    client_secret: "{{ssm:/secrets/key}}",
  };
  const servers = {
    tools: { url, timeouts },
    signed: { url, timeouts, user_identity_forwarding: { method: "jwt_header" } },
    keyed: { url, timeouts, headers: { "X-Api-Key": "{{ssm:/secrets/key}}" } },
    credentialed: { url, timeouts, upstream_auth: upstreamAuth },
    limited: { url, timeouts, rate_limits: [LIMIT] },
    strict: { url, timeouts, rate_limits: [{ ...LIMIT, on_store_failure: "deny" }] },
    ruled: { url, timeouts, tool_authorization: { hidden: { required_scopes: ["x"] } } },
  };
  parameters.put(
    `${PREFIX}/gateway`,
    JSON.stringify({ jwt_validation: { ...issuer.jwtValidation, jwksUri } }),
  );
  for (const [name, server] of Object.entries(servers))
    parameters.put(`${PREFIX}/servers/${name}`, JSON.stringify(server));
  parameters.put("/secrets/key", "value", "SecureString");
  Object.assign(process.env, {
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL_SSM: `http://127.0.0.1:${fronts.SSM.port}`,
    AWS_ENDPOINT_URL_KMS: `http://127.0.0.1:${fronts.KMS.port}`,
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${fronts.DynamoDB.port}`,
  });

  function start() {
    const ahead = { config: 0, others: 0 };
    const now = () => Date.now() + ahead.others;
    const configNow = () => Date.now() + ahead.config;
    const log = recordLog();
    const metrics = { count: () => {} };
    const store = openParameterStore();
    const config = openConfigStore({
      read: createParameterReader(store, PREFIX),
      log,
      metrics,
      now: configNow,
      random: () => 0.5,
    });
    const secrets = createSecretStore(createSecretReader(store), now);
    const verifiers = {
      resolveKey: createKeyResolver(createJwksCache(log, { now })),
      introspect: createIntrospection(secrets),
    };
    const keys = openSigningKeys([KEY_ARN]);
    const authorizer = createAuthorizer({ config, verifiers, log });
    const proxy = createProxy({
      config,
      send: createHttpClient(),
      sign: createIdentitySigner(keys),
      upstreamAuth: createUpstreamAuth(createStaticHeaders(secrets), () =>
        openCredentials(store, secrets, keys),
      ),
      sealedIds: createSealedIds([], secrets.get),
      countRequest: createRequestCounter({ store: openRateLimitStore("rate-limits") }),
      publicUrl: "https://mcp.example.com",
      log,
    });
    return {
      log,
      /** lets time pass for the configuration, or for keys and secrets */
      advance: (what: "config" | "others", ms: number) => {
        ahead[what] += ms;
      },
      async authorize(token: string): Promise<Outcome> {
        const started = performance.now();
        const done = (status: number, reason?: string) => ({
          status,
          reason,
          ms: performance.now() - started,
        });
        try {
          const headers = { Authorization: `Bearer ${token}` };
          const { policyDocument } = await authorizer(authorizerEvent({ headers }));
          return done(policyDocument.Statement[0]?.Effect === "Allow" ? 200 : 403);
        } catch (error) {
          const { message } = error as Error;
          return message === "Unauthorized" ? done(401) : done(503, message);
        }
      },
      async call(server = "tools", sub = "U2alice"): Promise<Outcome> {
        const started = performance.now();
        const principal = principalWith({ server, sub, exp: Date.now() / 1000 + 3600, claims: { sub } });
        const stream = openLambdaResponse();
        const event = proxyEvent({
          server,
          body: server === "ruled" ? LIST : CALL,
          authorizer: contextOf(principal),
        });
        const broken = await proxy(event, stream, { getRemainingTimeInMillis: () => 900_000 }).then(
          () => false,
          () => true,
        );
        const ms = performance.now() - started;
        if (broken) return { status: "broken off", reason: undefined, ms };
        const { status, body } = stream.received();
        const reason = /^\{.*"reason":"(\w+)"/.exec(body)?.[1];
        return { status, reason, ms };
      },
    };
  }

  return {
    issuer,
    recorder,
    fronts,
    start,
    async close() {
      await Promise.all(
        [...Object.values(fronts), issuer, recorder, endpoint, ssm, kms, dynamoDb].map((each) =>
          each.close(),
        ),
      );
    },
  };
}
