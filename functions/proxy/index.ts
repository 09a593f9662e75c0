// Entry point of the proxy Lambda: wiring only.
import { readEnvironment } from "../platform/environment.ts";
import { readInInitPhase } from "../platform/init-phase.ts";
import { createLog } from "../platform/log.ts";
import { createMetrics } from "../platform/metrics.ts";
import { readSigningKey } from "../platform/signing-keys.ts";
import { createProxy } from "./handler.ts";
import { openProxy } from "./open-proxy.ts";

const environment = readEnvironment();
const { parts, keys } = openProxy(
  environment,
  createLog("proxy"),
  createMetrics("proxy", environment.configPrefix),
);

export const handler = awslambda.streamifyResponse(createProxy(parts));
export const ready = readInInitPhase(async () => readSigningKey(keys, await parts.config.current()));
