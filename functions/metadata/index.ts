// Entry point of the metadata Lambda: wiring only.
import { createAuthorizationServers } from "../platform/authorization-servers.ts";
import { openDeployedConfig } from "../platform/deployed-config.ts";
import { readEnvironment } from "../platform/environment.ts";
import { readInInitPhase } from "../platform/init-phase.ts";
import { createLog } from "../platform/log.ts";
import { createMetrics } from "../platform/metrics.ts";
import { openParameterStore } from "../platform/parameter-store.ts";
import { openSigningKeys } from "../platform/signing-keys.ts";
import { createMetadata } from "./handler.ts";

const environment = readEnvironment();
const { configPrefix, publicUrl, signingKeyArns } = environment;
const log = createLog("metadata");
const metrics = createMetrics("metadata", configPrefix);
const config = openDeployedConfig(openParameterStore(), environment, log, metrics);

export const handler = createMetadata({
  config,
  keys: openSigningKeys(signingKeyArns),
  authorizationServers: createAuthorizationServers(log),
  publicUrl,
  log,
});
export const ready = readInInitPhase(() => config.current());
