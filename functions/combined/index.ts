// Entry point of the combined endpoint's Lambda: wiring only.
import { readEnvironment } from "../platform/environment.ts";
import { readInInitPhase } from "../platform/init-phase.ts";
import { createIntrospection } from "../platform/introspection.ts";
import { createJwksCache } from "../platform/jwks.ts";
import { createLog } from "../platform/log.ts";
import { createMetrics } from "../platform/metrics.ts";
import { createKeyResolver, fetchGatewayKeys } from "../platform/resolve-key.ts";
import { openProxy } from "../proxy/open-proxy.ts";
import { createCombined } from "./handler.ts";
import { createMemberDecisions } from "./members.ts";

const environment = readEnvironment();
const log = createLog("combined");
const metrics = createMetrics("combined", environment.configPrefix);
const { parts, secrets, prepare } = openProxy(environment, log, metrics);
const jwks = createJwksCache(log, { metrics });
const verifiers = {
  resolveKey: createKeyResolver(jwks),
  introspect: createIntrospection(secrets),
};
const decideMember = createMemberDecisions(verifiers, environment.decisionCacheSeconds * 1_000);

export const handler = awslambda.streamifyResponse(createCombined({ ...parts, decideMember }));
export const ready = readInInitPhase(async () => {
  const config = await parts.config.current();
  await Promise.all([fetchGatewayKeys(jwks, config), prepare(config)]);
});
