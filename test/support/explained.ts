// A gateway with inline keys for tests of `explain`: no requests, and a fixed time.

import { type Explanation, explainToken } from "../../cli/explain-token.ts";
import { adviceFor } from "../../cli/token-advice.ts";
import { claimChecks } from "../../functions/core/verify-token.ts";
import { createJwksCache } from "../../functions/platform/jwks.ts";
import { createKeyResolver } from "../../functions/platform/resolve-key.ts";
import { configSnapshot } from "./gateway-config.ts";
import { recordLog } from "./recorded-log.ts";
import { AUDIENCE, ISSUER, makeKey, NOW, signToken, tokenClaims } from "./tokens.ts";

type Parts = Record<string, unknown>;

/** Explains tokens signed by the configured key, at the server `tools` with the given block. */
export async function explainer() {
  const key = await makeKey("RS256", "SK2key");
  const claimValues = { iss: { values: ISSUER }, aud: { values: AUDIENCE, matchType: "contains" } };
  const explain = (
    token: string,
    block: Parts = {},
    server = "tools",
    blocked: Parts[] = [],
  ): Promise<Explanation> => {
    const { claimValues: more, ...rest } = block as { claimValues?: Parts };
    const jwt_validation = {
      jwks: { keys: [key.publicJwk] },
      claimValues: { ...claimValues, ...more },
      ...rest,
    };
    const config = configSnapshot({
      gateway: { jwt_validation, blocked },
      servers: { tools: {}, off: { enabled: false } },
    });
    const verifiers = {
      resolveKey: createKeyResolver(createJwksCache(recordLog())),
      introspect: () => Promise.reject(new Error("not configured")),
    };
    return explainToken(token, server, config, verifiers, NOW);
  };
  const sign = (claims: Parts = {}, header: Parts = {}) => signToken(key, claims, header);
  /** Advice on claims at the server `tools` of a gateway.json, whatever their signature. */
  const adviceIn = (file: Parts, claims: Parts): string[] => {
    const rules = configSnapshot({
      gateway: { jwt_validation: undefined, public_url: undefined, ...file },
      servers: { tools: {} },
    }).servers.get("tools")?.tokenRules;
    if (rules === undefined) throw new Error("no rules");
    const checks = claimChecks(tokenClaims(claims), rules, NOW);
    return checks.flatMap(({ denial }) => (denial ? adviceFor(denial, tokenClaims(claims), rules) : []));
  };
  return { key, sign, explain, adviceIn };
}
