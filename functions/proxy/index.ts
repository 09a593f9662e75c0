// Entry point of the proxy Lambda: wiring only. The configuration is read in parallel with the cold start.
import { openConfigStore } from "../platform/config-store.ts";
import { readEnvironment } from "../platform/environment.ts";
import { createHttpClient } from "../platform/http-client.ts";
import { createIdentitySigner } from "../platform/identity-signer.ts";
import { createLog } from "../platform/log.ts";
import { createMetrics } from "../platform/metrics.ts";
import {
  createParameterReader,
  createSecretReader,
  openParameterStore,
} from "../platform/parameter-store.ts";
import { openRateLimitStore } from "../platform/rate-limit-store.ts";
import { createRequestMetrics } from "../platform/request-metrics.ts";
import { createSecretStore } from "../platform/secret-store.ts";
import { openSigningKeys } from "../platform/signing-keys.ts";
import { createRequestCounter } from "./count-request.ts";
import { createProxy } from "./handler.ts";
import { warmRateLimits } from "./rate-limits.ts";
import { createSealedIds } from "./sealed-ids.ts";
import { createStaticHeaders, createUpstreamAuth } from "./upstream-auth.ts";

const environment = readEnvironment();
const { configPrefix, publicUrl, challengeMetadataUrl, signingKeyArns, sessionSecretParameters } =
  environment;
const log = createLog("proxy");
const metrics = createMetrics("proxy", configPrefix);
const store = openParameterStore();
const config = openConfigStore({
  read: createParameterReader(store, configPrefix),
  prefix: configPrefix,
  publicUrl,
  log,
  metrics,
});

const secrets = createSecretStore(createSecretReader(store));
const sealedIds = createSealedIds(sessionSecretParameters, secrets);
const rateLimits = openRateLimitStore(environment.rateLimitTable);
void warmRateLimits(rateLimits, config);
const keys = openSigningKeys(signingKeyArns);
const sign = createIdentitySigner(keys);
const upstreamAuth = createUpstreamAuth(createStaticHeaders(secrets), async () => {
  const { openCredentials } = await import("./upstream-credentials/open-credentials.ts");
  return openCredentials(store, secrets, keys);
});

export const handler = awslambda.streamifyResponse(
  createProxy({
    config,
    send: createHttpClient(),
    sign,
    upstreamAuth,
    sealedIds,
    countRequest: createRequestCounter({ store: rateLimits }),
    publicUrl,
    challengeMetadataUrl,
    log,
    requestMetrics: createRequestMetrics(configPrefix),
  }),
);
