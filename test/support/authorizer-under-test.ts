// The whole authorizer, from API Gateway's event to its result, with real key lookups: the test serves the JWKS documents.
import { createAuthorizer } from "../../functions/authorizer/handler.ts";
import { decodePrincipal, type Principal } from "../../functions/core/principal.ts";
import { createIntrospection } from "../../functions/platform/introspection.ts";
import { createJwksCache } from "../../functions/platform/jwks.ts";
import { createKeyResolver } from "../../functions/platform/resolve-key.ts";
import { type ConfigParts, configSnapshot, configStoreOf } from "./gateway-config.ts";
import { authorizerEvent } from "./gateway-events.ts";
import { recordLog } from "./recorded-log.ts";
import { NOW } from "./tokens.ts";

/** The outcome of a request. `why` is the reason of a 403 or of the log line. */
export type AuthorizerOutcome =
  | { status: 200; principal: Principal; resource: string }
  | { status: 401 | 403 | 503; why: string };

/** @param config the gateway's configuration; `now` defaults to the fixed time of the test tokens */
export function authorizerWith(config: ConfigParts, now: () => Date = () => NOW) {
  const log = recordLog();
  const authorizer = createAuthorizer({
    config: configStoreOf(configSnapshot(config)),
    verifiers: {
      resolveKey: createKeyResolver(createJwksCache(log, { now: () => now().getTime() })),
      introspect: createIntrospection({ fill: async (text) => text }),
    },
    log,
    now,
  });
  return {
    log,
    /** sends a token to a server, with optional headers */
    async ask(
      token: string,
      server = "tools",
      headers: Record<string, string | string[]> = {},
    ): Promise<AuthorizerOutcome> {
      const event = authorizerEvent({ server, headers: { Authorization: `Bearer ${token}`, ...headers } });
      const logged = () => String(log.lines.at(-1)?.fields["reason"]);
      try {
        const { policyDocument, context } = await authorizer(event);
        const statement = policyDocument.Statement[0] as { Effect: string; Resource: string };
        if (statement.Effect !== "Allow") return { status: 403, why: String(context?.["reason"]) };
        const principal = decodePrincipal(context) as Principal;
        return { status: 200, principal, resource: statement.Resource };
      } catch (error) {
        return { status: (error as Error).message === "Unauthorized" ? 401 : 503, why: logged() };
      }
    },
  };
}
