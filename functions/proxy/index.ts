// Entry point of the proxy Lambda: wiring alone. Configuration is being read while the runtime finishes starting.
import { openConfigStore } from "../platform/config-store.ts";
import { createDownstream } from "../platform/downstream.ts";
import { readEnvironment } from "../platform/environment.ts";
import { createIdentitySigner } from "../platform/identity-signer.ts";
import { lazySigningKeys } from "../platform/lazy-signing-keys.ts";
import { createLog } from "../platform/log.ts";
import { createMetrics } from "../platform/metrics.ts";
import { createParameterReader } from "../platform/parameter-reader.ts";
import { postThrough } from "../platform/post-through.ts";
import { createRequestMetrics } from "../platform/request-metrics.ts";
import { createSecretReader, createSecretStore } from "../platform/secret-store.ts";
import { openSsm } from "../platform/ssm.ts";
import { createProxy } from "./handler.ts";
import { createSealedIds } from "./sealed-ids.ts";

const { configPrefix, publicUrl, challengeMetadataUrl, signingKeyArns, sessionSecretParameters } =
  readEnvironment();
const log = createLog("proxy");
const metrics = createMetrics("proxy", configPrefix);
const call = createDownstream();
// One HTTP client is enough to load.
const ssm = openSsm(postThrough(call));
const config = openConfigStore({
  read: createParameterReader(configPrefix, ssm),
  prefix: configPrefix,
  log,
  metrics,
});

const secrets = createSecretStore(createSecretReader(ssm));
const sealedIds = createSealedIds(sessionSecretParameters, secrets);
const sign = createIdentitySigner(lazySigningKeys(signingKeyArns));

export const handler = awslambda.streamifyResponse(
  createProxy({
    config,
    call,
    sign,
    secrets,
    sealedIds,
    publicUrl,
    challengeMetadataUrl,
    log,
    requestMetrics: createRequestMetrics(configPrefix),
  }),
);
