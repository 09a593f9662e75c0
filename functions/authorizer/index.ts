// Entry point of the authorizer Lambda: wiring alone. Configuration is being read while the runtime finishes starting.
import { openConfigStore } from "../platform/config-store.ts";
import { readEnvironment } from "../platform/environment.ts";
import { createIntrospection } from "../platform/introspection.ts";
import { createJwksCache } from "../platform/jwks.ts";
import { createLog } from "../platform/log.ts";
import { createMetrics } from "../platform/metrics.ts";
import { createParameterReader } from "../platform/parameter-reader.ts";
import { openPostToRead } from "../platform/post-to-read.ts";
import { createRequestMetrics } from "../platform/request-metrics.ts";
import { createKeyResolver } from "../platform/resolve-key.ts";
import { createSecretReader, createSecretStore } from "../platform/secret-store.ts";
import { openSsm } from "../platform/ssm.ts";
import { createAuthorizer } from "./handler.ts";
import { createVerdictCache } from "./verdict-cache.ts";

const { configPrefix } = readEnvironment();
const log = createLog("authorizer");
const metrics = createMetrics("authorizer", configPrefix);
const ssm = openSsm(openPostToRead);
const config = openConfigStore({
  read: createParameterReader(configPrefix, ssm),
  prefix: configPrefix,
  log,
  metrics,
});
const judges = {
  keys: createKeyResolver(createJwksCache(log, undefined, undefined, metrics)),
  introspect: createIntrospection(createSecretStore(createSecretReader(ssm))),
  verdicts: createVerdictCache(),
};

export const handler = createAuthorizer({
  config,
  judges,
  log,
  requestMetrics: createRequestMetrics(configPrefix),
});
