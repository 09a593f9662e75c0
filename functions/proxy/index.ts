// Entry point of the proxy Lambda: wiring only.
import { readEnvironment } from "../platform/environment.ts";
import { readInInitPhase } from "../platform/init-phase.ts";
import { createLog } from "../platform/log.ts";
import { createMetrics } from "../platform/metrics.ts";
import { createProxy } from "./handler.ts";
import { openProxy } from "./open-proxy.ts";

const environment = readEnvironment();
const { parts, prepare } = openProxy(
  environment,
  createLog("proxy"),
  createMetrics("proxy", environment.configPrefix),
);

export const handler = awslambda.streamifyResponse(createProxy(parts));
export const ready = readInInitPhase(async () => prepare(await parts.config.current()));
