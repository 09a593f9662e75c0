// A verdict is remembered under the keys by which it was made, also where they change while it is made.
import { beforeAll, expect, it } from "vitest";
import { decideAccess } from "../../../functions/authorizer/decide.ts";
import { createVerdictCache } from "../../../functions/authorizer/verdict-cache.ts";
import { JWKS_FRESH_MS, JWKS_UNKNOWN_KID_COOLDOWN_MS } from "../../../functions/core/limits.ts";
import { createJwksCache } from "../../../functions/platform/jwks.ts";
import { createKeyResolver } from "../../../functions/platform/resolve-key.ts";
import { configSnapshot } from "../../support/gateway-config.ts";
import { recordLog } from "../../support/recorded-log.ts";
import { makeKey, NOW, signToken, type TestKey } from "../../support/tokens.ts";

let lasting: TestKey;
let added: TestKey;

beforeAll(async () => {
  [lasting, added] = await Promise.all([makeKey("RS256", "lasting"), makeKey("RS256", "added")]);
});

/** A gateway whose endpoint of keys publishes what it is told to. */
function gateway() {
  let published: TestKey[] = [lasting];
  let elapsedMs = 0;
  const now = () => NOW.getTime() + elapsedMs;
  const fetcher = async () => ({
    status: 200,
    json: { keys: published.map(({ publicJwk }) => publicJwk) },
    retryAfterSeconds: undefined,
  });
  const judges = {
    keys: createKeyResolver(createJwksCache(recordLog(), now, fetcher)),
    introspect: () => Promise.reject(new Error("asked an introspection endpoint")),
    verdicts: createVerdictCache(),
  };
  const config = configSnapshot();
  return {
    publish(keys: TestKey[], afterMs: number) {
      published = keys;
      elapsedMs += afterMs;
    },
    async outcome(token: string) {
      const headers = new Map([["authorization", [`Bearer ${token}`]]]);
      const decision = await decideAccess({ server: "tools", headers }, config, judges, new Date(now()));
      return decision.type === "allow" ? "allow" : decision.fault.reason;
    },
  };
}

it("forgets what a key made good that was fetched for the very token and revoked since", async () => {
  const { publish, outcome } = gateway();
  const day = { exp: NOW.getTime() / 1_000 + 86_400 };
  const [old, fresh] = await Promise.all([signToken(lasting, day), signToken(added, day)]);
  expect(await outcome(old)).toBe("allow");
  publish([lasting, added], JWKS_UNKNOWN_KID_COOLDOWN_MS);
  expect(await outcome(fresh)).toBe("allow");
  publish([lasting], JWKS_FRESH_MS);
  expect(await outcome(old)).toBe("allow");
  expect(await outcome(fresh)).toBe("key_unknown");
});
