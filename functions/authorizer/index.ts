// Entry point of the authorizer Lambda: wiring only.
import { openDeployedConfig } from "../platform/deployed-config.ts";
import { readEnvironment } from "../platform/environment.ts";
import { readInInitPhase } from "../platform/init-phase.ts";
import { createIntrospection } from "../platform/introspection.ts";
import { createJwksCache } from "../platform/jwks.ts";
import { createLog } from "../platform/log.ts";
import { createMetrics } from "../platform/metrics.ts";
import { createSecretReader, openParameterStore } from "../platform/parameter-store.ts";
import { createRequestMetrics } from "../platform/request-metrics.ts";
import { createKeyResolver, fetchGatewayKeys } from "../platform/resolve-key.ts";
import { createSecretStore } from "../platform/secret-store.ts";
import { createAuthorizer } from "./handler.ts";

const environment = readEnvironment();
const { configPrefix } = environment;
const log = createLog("authorizer");
const metrics = createMetrics("authorizer", configPrefix);
const store = openParameterStore();
const config = openDeployedConfig(store, environment, log, metrics);
const jwks = createJwksCache(log, { metrics });
const verifiers = {
  resolveKey: createKeyResolver(jwks),
  introspect: createIntrospection(createSecretStore(createSecretReader(store))),
};

export const handler = createAuthorizer({
  config,
  verifiers,
  log,
  requestMetrics: createRequestMetrics(configPrefix),
});
export const ready = readInInitPhase(async () => fetchGatewayKeys(jwks, await config.current()));
