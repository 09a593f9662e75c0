// Entry point of the proxy Lambda: wiring alone. Configuration is being read while the runtime finishes starting.
import { openConfigStore } from "../platform/config-store.ts";
import { createDownstream } from "../platform/downstream.ts";
import { readEnvironment } from "../platform/environment.ts";
import { createLog } from "../platform/log.ts";
import { createParameterReader } from "../platform/parameter-reader.ts";
import { createProxy } from "./handler.ts";

const { configPrefix, publicUrl } = readEnvironment();
const log = createLog("proxy");
const config = openConfigStore({ read: createParameterReader(configPrefix), log });

export const handler = awslambda.streamifyResponse(
  createProxy({ config, call: createDownstream(), publicUrl, log }),
);
