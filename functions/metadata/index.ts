// Entry point of the metadata Lambda: wiring alone. Configuration is being read while the runtime finishes starting.
import { createAuthorizationServers } from "../platform/authorization-servers.ts";
import { openConfigStore } from "../platform/config-store.ts";
import { readEnvironment } from "../platform/environment.ts";
import { lazySigningKeys } from "../platform/lazy-signing-keys.ts";
import { createLog } from "../platform/log.ts";
import { createMetrics } from "../platform/metrics.ts";
import { createParameterReader } from "../platform/parameter-reader.ts";
import { openPostToRead } from "../platform/post-to-read.ts";
import { openSsm } from "../platform/ssm.ts";
import { createMetadata } from "./handler.ts";

const { configPrefix, publicUrl, signingKeyArns } = readEnvironment();
const log = createLog("metadata");
const metrics = createMetrics("metadata", configPrefix);
const config = openConfigStore({
  read: createParameterReader(configPrefix, openSsm(openPostToRead)),
  prefix: configPrefix,
  log,
  metrics,
});

export const handler = createMetadata({
  config,
  keys: lazySigningKeys(signingKeyArns),
  authorizationServers: createAuthorizationServers(log),
  publicUrl,
  log,
});
