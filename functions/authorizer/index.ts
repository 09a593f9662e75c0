// Entry point of the authorizer Lambda: wiring alone. Configuration is being read while the runtime finishes starting.
import { openConfigStore } from "../platform/config-store.ts";
import { readEnvironment } from "../platform/environment.ts";
import { createJwksCache } from "../platform/jwks.ts";
import { createLog } from "../platform/log.ts";
import { createParameterReader } from "../platform/parameter-reader.ts";
import { createKeyResolver } from "../platform/resolve-key.ts";
import { createAuthorizer } from "./handler.ts";

const { configPrefix } = readEnvironment();
const log = createLog("authorizer");
const config = openConfigStore({ read: createParameterReader(configPrefix), log });
const resolveKey = createKeyResolver(createJwksCache(log));

export const handler = createAuthorizer({ config, resolveKey, log });
