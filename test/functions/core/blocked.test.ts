// The kill switch: which entry matches a caller, and that the proxy uses the claims of exactly the token that was verified.
import { beforeAll, describe, expect, it } from "vitest";
import { blockedBy, checkBlocked, tokenHash } from "../../../functions/core/blocked.ts";
import { compileBlocked } from "../../../functions/core/config/blocked-entries.ts";
import { readJson } from "../../../functions/core/json.ts";
import { configSnapshot } from "../../support/gateway-config.ts";
import { principalWith } from "../../support/principals.ts";
import { makeKey, NOW, signToken, type TestKey } from "../../support/tokens.ts";

const entries = (...values: object[]) => compileBlocked(values as never);

describe("blockedBy", () => {
  const claims = (
    readJson(
      '{"sub":"U2","azp":"C3","user_id":1162345678901234567,"tenants":{"T1":{"roles":["a","b"]}}}',
    ) as { value: Record<string, unknown> }
  ).value;

  it.each([
    ["the subject", { claim: "sub", values: ["U1", "U2"] }],
    ["the client", { claim: "azp", values: ["C3"] }],
    ["an element of a list at a path", { claim: "tenants.T1.roles", values: ["b"] }],
    ["a number, by its digits", { claim: "user_id", values: ["1162345678901234567"] }],
  ])("blocks a caller by %s", (_, entry) => {
    expect(blockedBy(claims, entries(entry), NOW)?.rule.claim).toBe(entry.claim);
  });

  it.each([
    ["another value", { claim: "sub", values: ["U3"] }],
    ["another case", { claim: "sub", values: ["u2"] }],
    ["a part of the value", { claim: "sub", values: ["U"] }],
    [
      "a number that differs in a digit that a double loses",
      { claim: "user_id", values: ["1162345678901234568"] },
    ],
    ["a claim that the token lacks", { claim: "jti", values: ["U2"] }],
    ["an object", { claim: "tenants", values: ["T1"] }],
  ])("does not block a caller by %s", (_, entry) => {
    expect(blockedBy(claims, entries(entry), NOW)).toBeUndefined();
  });

  it("ends an entry at the end of its day in UTC", () => {
    const day = entries({ claim: "sub", values: ["U2"], until: "2026-12-31" });
    expect(blockedBy(claims, day, new Date("2026-12-31T23:59:59.999Z"))).toBeDefined();
    expect(blockedBy(claims, day, new Date("2027-01-01T00:00:00.000Z"))).toBeUndefined();
  });

  it("ends an entry at its time of expiry while another entry still applies", () => {
    const both = entries(
      { claim: "sub", values: ["U2"], until: "2026-12-31T18:00:00+01:00", reason: "first" },
      { claim: "azp", values: ["C3"], reason: "second" },
    );
    expect(blockedBy(claims, both, new Date("2026-12-31T16:59:59Z"))?.reason).toBe("first");
    expect(blockedBy(claims, both, new Date("2026-12-31T17:00:00Z"))?.reason).toBe("second");
  });
});

describe("checkBlocked", () => {
  let key: TestKey;
  let token: string;
  beforeAll(async () => {
    key = await makeKey("RS256", "key-1");
    token = await signToken(key, { jti: "J1" });
  });
  const bearer = (...tokens: string[]) =>
    new Map([["authorization", tokens.map((each) => `Bearer ${each}`)]]);
  const config = (blocked: object[], server: object[] = []) =>
    configSnapshot({ gateway: { blocked }, servers: { tools: { blocked: server }, other: {} } });
  const J1 = { claim: "jti", values: ["J1"], reason: "leaked" };
  const verified = (more = {}) => principalWith({ tokenHash: tokenHash(token), ...more });

  it("blocks by a claim that the principal does not contain", () => {
    expect(checkBlocked(bearer(token), verified(), config([J1]), NOW)).toMatchObject({
      type: "blocked",
      entry: { reason: "leaked", rule: { claim: "jti" } },
    });
  });

  it("applies a server's blocked entry only to that server", () => {
    const own = config([], [J1]);
    expect(checkBlocked(bearer(token), verified(), own, NOW).type).toBe("blocked");
    expect(checkBlocked(bearer(token), verified({ server: "other" }), own, NOW).type).toBe("not_blocked");
  });

  it("applies the gateway's blocked entries to every server, including an unknown one", () => {
    const other = { claim: "sub", values: ["nobody"] };
    expect(checkBlocked(bearer(token), verified(), config([J1], [other]), NOW).type).toBe("blocked");
    expect(checkBlocked(bearer(token), verified({ server: "x" }), config([J1]), NOW).type).toBe("blocked");
  });

  it("allows callers that no entry matches", () => {
    expect(checkBlocked(bearer(token), verified(), config([{ ...J1, values: ["J2"] }]), NOW).type).toBe(
      "not_blocked",
    );
  });

  it("requires no token while no entry applies", () => {
    const ended = config([{ ...J1, until: "2020-01-01" }]);
    expect(checkBlocked(new Map(), principalWith(), ended, NOW).type).toBe("not_blocked");
  });

  it.each<[string, () => Map<string, string[]>, object]>([
    ["no token", () => new Map(), {}],
    ["two tokens", () => bearer(token, "a.b.c"), {}],
    ["another token than the verified one", () => bearer(`${token.slice(0, -4)}AAAA`), {}],
    ["a principal that names no token", () => bearer(token), { tokenHash: undefined }],
    [
      "a verified token whose claims can't be read",
      () => bearer("e30.e30x.e30"),
      { tokenHash: tokenHash("e30.e30x.e30") },
    ],
  ])("is unverifiable for a request with %s", (_, headers, principal) => {
    expect(checkBlocked(headers(), verified(principal), config([J1]), NOW)).toEqual({ type: "unverifiable" });
  });

  it("is unverifiable for another token than the verified one even if no caller is blocked", () => {
    expect(checkBlocked(bearer("a.b.c"), verified(), config([]), NOW)).toEqual({ type: "unverifiable" });
  });

  it("is unverifiable if the gateway no longer has token rules", () => {
    const lost = { ...config([J1]), gatewayRules: undefined };
    expect(checkBlocked(bearer(token), verified({ server: "x" }), lost, NOW).type).toBe("unverifiable");
  });

  it("checks an introspected caller by the introspection response", () => {
    const principal = principalWith({ introspected: { sub: "U2", jti: "J1" } });
    expect(checkBlocked(new Map(), principal, config([J1]), NOW).type).toBe("blocked");
  });

  it("is unverifiable for an introspected caller without the introspection response, even with the verified token", () => {
    const jwt_validation = {
      introspectEndpoint: "https://idp.example.com/introspect",
      claimValues: { iss: { values: "https://idp.example.com" } },
    };
    const introspecting = configSnapshot({
      gateway: { blocked: [J1] },
      servers: { tools: { jwt_validation } },
    });
    expect(checkBlocked(bearer(token), verified(), introspecting, NOW).type).toBe("unverifiable");
  });
});
