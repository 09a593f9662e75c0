// The configuration of the deployed gateway, which every function reads in parallel with its cold start.
import type { SSMClient } from "@aws-sdk/client-ssm";
import { type ConfigStore, openConfigStore } from "./config-store.ts";
import type { Environment } from "./environment.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { createParameterReader } from "./parameter-store.ts";

/**
 * Opens the configuration below the gateway's SSM path and starts the first read.
 *
 * @param store the client of Parameter Store
 * @param environment the variables that the stack sets
 */
export function openDeployedConfig(
  store: SSMClient,
  { configPrefix, publicUrl }: Pick<Environment, "configPrefix" | "publicUrl">,
  log: Log,
  metrics: Metrics,
): ConfigStore {
  const read = createParameterReader(store, configPrefix);
  return openConfigStore({ read, prefix: configPrefix, publicUrl, log, metrics });
}
