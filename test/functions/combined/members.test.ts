// Decisions about members: the authorizer's own, cached as API Gateway caches them, for the same token and configuration only.
import { describe, expect, it } from "vitest";
import { createMemberDecisions } from "../../../functions/combined/members.ts";
import type { ConfigSnapshot } from "../../../functions/core/config-snapshot.ts";
import { createIntrospection } from "../../../functions/platform/introspection.ts";
import { createJwksCache } from "../../../functions/platform/jwks.ts";
import { createKeyResolver } from "../../../functions/platform/resolve-key.ts";
import { configSnapshot } from "../../support/gateway-config.ts";
import { startKeyServer } from "../../support/key-server.ts";
import { recordLog } from "../../support/recorded-log.ts";
import { ISSUER, makeKey, NOW, NOW_SECONDS, signToken } from "../../support/tokens.ts";

const key = await makeKey("RS256", "key-1");
const rulesFor = (plan?: string) => ({
  jwks: { keys: [key.publicJwk] },
  claimValues: {
    iss: { values: ISSUER },
    aud: { values: "https://mcp.example.com", matchType: "contains" },
    ...(plan !== undefined && { plan: { values: plan } }),
  },
});

const snapshot = (parts: Record<string, unknown> = {}, headerKey?: string): ConfigSnapshot =>
  configSnapshot({
    gateway: {
      jwt_validation: { ...rulesFor(), ...(headerKey && { headerKey }) },
      combined: { servers: ["notes", "pro"] },
      ...parts,
    },
    servers: { notes: {}, pro: { jwt_validation: rulesFor("pro") } },
  });

function decisions(cacheMs = 300_000, now = () => NOW.getTime()) {
  let resolved = 0;
  const resolveKey = createKeyResolver(createJwksCache(recordLog(), { now }));
  const decide = createMemberDecisions(
    {
      resolveKey: (...asked) => {
        resolved += 1;
        return resolveKey(...asked);
      },
      introspect: createIntrospection({ fill: async (text) => text }),
    },
    cacheMs,
  );
  return {
    verifications: () => resolved,
    decide: (
      name: string,
      token: string | undefined,
      { config = snapshot(), afterMs = 0, header = "authorization", scheme = "Bearer ", headers = {} } = {},
    ) =>
      decide(
        name,
        {
          method: "POST",
          server: "/mcp",
          body: undefined,
          headers: new Map<string, string[]>([
            ...(token === undefined ? [] : [[header, [`${scheme}${token}`]] as [string, string[]]]),
            ...Object.entries(headers as Record<string, string[]>),
          ]),
        },
        config,
        new Date(NOW.getTime() + afterMs),
      ),
  };
}

const alice = await signToken(key, { plan: "pro" });
const bob = await signToken(key, { sub: "U2bob", plan: "free" });

describe("a decision about a member", () => {
  it("is the authorizer's own for that member", async () => {
    const { decide } = decisions();
    expect(await decide("pro", alice)).toMatchObject({
      type: "allowed",
      member: { name: "pro", principal: { server: "pro", sub: "U2alice", admitted: true } },
    });
    expect(await decide("pro", bob)).toEqual({ type: "absent", name: "pro", reason: "claim_mismatch" });
    expect(await decide("notes", bob)).toMatchObject({
      type: "allowed",
      member: { principal: { sub: "U2bob" } },
    });
    expect(await decide("notes", undefined)).toEqual({
      type: "absent",
      name: "notes",
      reason: "token_missing",
    });
    expect(await decide("notes", "x")).toMatchObject({ type: "absent", reason: "token_malformed" });
  });

  it("is unavailable if the keys cannot be read", async () => {
    const down = snapshot({
      jwt_validation: { jwksUri: "http://127.0.0.1:1/jwks", claimValues: rulesFor().claimValues },
    });
    const { decide } = decisions();
    expect(await decide("notes", alice, { config: down })).toEqual({
      type: "unavailable",
      name: "notes",
      reason: "keys_unavailable",
    });
  });

  it("is reused for the same token, member and configuration, for as long as the authorizer's", async () => {
    const { decide, verifications } = decisions(1_000);
    const config = snapshot();
    const verifiedAt = async (afterMs: number) => {
      await decide("notes", alice, { config, afterMs });
      return verifications();
    };
    expect([
      await verifiedAt(0),
      await verifiedAt(999),
      await verifiedAt(1_000),
      await verifiedAt(1_500),
    ]).toEqual([1, 1, 2, 2]);
  });

  it("is made again for another token, another member, another configuration, or when the clock was set back", async () => {
    const { decide, verifications } = decisions();
    const config = snapshot();
    await decide("notes", alice, { config });
    await decide("notes", bob, { config });
    await decide("pro", alice, { config });
    await decide("notes", alice, { config: snapshot() });
    await decide("notes", alice, { config, afterMs: -1 });
    expect(verifications()).toBe(5);
  });

  it("is never reused with a cache of 0 seconds, or when it is unavailable", async () => {
    const { decide, verifications } = decisions(0);
    const config = snapshot();
    await decide("notes", alice, { config });
    await decide("notes", alice, { config });
    expect(verifications()).toBe(2);
  });

  it.each(["nbf", "iat"])("is made again for a token whose %s was in the future", async (claim) => {
    const { decide } = decisions();
    const config = snapshot();
    const early = await signToken(key, { [claim]: NOW_SECONDS + 120 });
    expect(await decide("notes", early, { config })).toMatchObject({ type: "absent" });
    expect(await decide("notes", early, { config, afterMs: 121_000 })).toMatchObject({ type: "allowed" });
  });

  it("is made again for a token whose key was unknown", async () => {
    const next = await makeKey("RS256", "key-2");
    const server = await startKeyServer(key);
    let afterMs = 0;
    const { decide } = decisions(undefined, () => NOW.getTime() + afterMs);
    const { claimValues } = rulesFor();
    const config = snapshot({ jwt_validation: { jwksUri: server.url, claimValues } });
    const token = await signToken(next);
    expect(await decide("notes", token, { config })).toMatchObject({ reason: "key_unknown" });
    server.publish(key, next);
    afterMs = 60_000;
    expect(await decide("notes", token, { config, afterMs })).toMatchObject({ type: "allowed" });
    await server.close();
  });

  it("reads the token from the configured header", async () => {
    const config = snapshot({}, "X-Token");
    const { decide } = decisions();
    const [header, scheme] = ["x-token", ""];
    const headers = { authorization: [`Bearer ${alice}`] };
    expect(await decide("pro", alice, { config, header, scheme, headers })).toMatchObject({
      type: "allowed",
    });
    expect(await decide("pro", bob, { config, header, scheme, headers })).toMatchObject({ type: "absent" });
    expect(await decide("pro", undefined, { config, headers })).toMatchObject({ reason: "token_missing" });
  });
});
