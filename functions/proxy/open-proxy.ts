// Wiring of the proxy, for its own function and for the combined endpoint.
import type { ConfigSnapshot } from "../core/config-snapshot.ts";
import { openDeployedConfig } from "../platform/deployed-config.ts";
import type { Environment } from "../platform/environment.ts";
import { createHttpClient } from "../platform/http-client.ts";
import { createIdentitySigner } from "../platform/identity-signer.ts";
import type { Log } from "../platform/log.ts";
import type { Metrics } from "../platform/metrics.ts";
import { createSecretReader, openParameterStore } from "../platform/parameter-store.ts";
import { openRateLimitStore } from "../platform/rate-limit-store.ts";
import { createRequestMetrics } from "../platform/request-metrics.ts";
import { createSecretStore, type SecretStore } from "../platform/secret-store.ts";
import { openSigningKeys, readSigningKey } from "../platform/signing-keys.ts";
import { createRequestCounter } from "./count-request.ts";
import { warmRateLimits } from "./rate-limits.ts";
import { createSealedIds } from "./sealed-ids.ts";
import type { ProxyParts } from "./serve-request.ts";
import { createStaticHeaders, createUpstreamAuth } from "./upstream-auth.ts";
import { openCredentials } from "./upstream-credentials/open-credentials.ts";

/** What the wiring needs, and what other parts of a function share with the proxy. */
export type ProxyWiring = {
  parts: ProxyParts;
  secrets: SecretStore;
  /** loads and reads in the init phase what only some configurations need */
  prepare(config: ConfigSnapshot): Promise<unknown>;
};

/**
 * Connects the proxy with the configuration, AWS and the MCP servers.
 *
 * @param environment the variables that the stack sets
 */
export function openProxy(environment: Environment, log: Log, metrics: Metrics): ProxyWiring {
  const { configPrefix, publicUrl, challengeMetadataUrl } = environment;
  const store = openParameterStore();
  const config = openDeployedConfig(store, environment, log, metrics);
  const secrets = createSecretStore(createSecretReader(store));
  const sealedIds = createSealedIds(environment.sessionSecretParameters, secrets.get);
  const rateLimits = openRateLimitStore(environment.rateLimitTable);
  const keys = openSigningKeys(environment.signingKeyArns);
  const upstreamAuth = createUpstreamAuth(createStaticHeaders(secrets), () =>
    openCredentials(store, secrets, keys),
  );
  const parts: ProxyParts = {
    config,
    send: createHttpClient(),
    sign: createIdentitySigner(keys),
    upstreamAuth,
    sealedIds,
    countRequest: createRequestCounter({ store: rateLimits }),
    publicUrl,
    challengeMetadataUrl,
    log,
    requestMetrics: createRequestMetrics(configPrefix),
  };
  return {
    parts,
    secrets,
    prepare: (snapshot) =>
      Promise.all([warmRateLimits(rateLimits, snapshot), readSigningKey(keys, snapshot)]),
  };
}
