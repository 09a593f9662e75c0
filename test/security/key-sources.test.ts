// Keys come only from the configured URL of the rules, are separate for each URL, and are removed when they are removed there.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { authorizerWith } from "../support/authorizer-under-test.ts";
import { type LoopbackServer, startHttp } from "../support/loopback-server.ts";
import { AUDIENCE, makeKey, NOW_SECONDS, signToken, type TestKey } from "../support/tokens.ts";

let keyA: TestKey;
let keyB: TestKey;
let publishedA: TestKey[];
let issuerA: LoopbackServer;
let issuerB: LoopbackServer;
let asked: string[];

beforeAll(async () => {
  [keyA, keyB] = await Promise.all([makeKey("RS256", "current"), makeKey("RS256", "current")]);
  const serve = (name: string, keys: () => TestKey[]) =>
    startHttp((_request, response) => {
      asked.push(name);
      response.end(JSON.stringify({ keys: keys().map(({ publicJwk }) => publicJwk) }));
    });
  issuerA = await serve("a", () => publishedA);
  issuerB = await serve("b", () => [keyB]);
});
afterAll(() => Promise.all([issuerA.close(), issuerB.close()]));
beforeEach(() => {
  publishedA = [keyA];
  asked = [];
});

const block = (issuer: LoopbackServer) => ({
  jwksUri: issuer.url,
  claimValues: { iss: { values: issuer.url }, aud: { values: AUDIENCE, matchType: "contains" } },
});

describe("CVE-2026-49998 (Centrifugo): a key cache keyed only by kid, so that one tenant's key signs for another", () => {
  it("two issuers with the same kid keep their keys separate, in either order and when both are cached", async () => {
    const servers = { a: { jwt_validation: block(issuerA) }, b: { jwt_validation: block(issuerB) } };
    const gateway = authorizerWith({ gateway: { jwt_validation: block(issuerA) }, servers });
    const genuineA = await signToken(keyA, { iss: issuerA.url });
    const genuineB = await signToken(keyB, { iss: issuerB.url });
    const aPosingAsB = await signToken(keyA, { iss: issuerB.url });
    const bPosingAsA = await signToken(keyB, { iss: issuerA.url });
    expect(await gateway.ask(genuineA, "a")).toMatchObject({ status: 200 });
    expect(await gateway.ask(aPosingAsB, "b")).toEqual({ status: 401, why: "signature_invalid" });
    expect(await gateway.ask(genuineB, "b")).toMatchObject({ status: 200 });
    expect(await gateway.ask(bPosingAsA, "a")).toEqual({ status: 401, why: "signature_invalid" });
    expect(await gateway.ask(genuineA, "b")).toEqual({ status: 401, why: "signature_invalid" });
    expect(asked.sort()).toEqual(["a", "b"]);
  });
});

describe("CVE-2026-32301 (Centrifugo): the JWKS URL made from the token's own iss", () => {
  it("no request is sent to an issuer that only the token names, even if its key would match", async () => {
    const gateway = authorizerWith({ gateway: { jwt_validation: block(issuerA) } });
    const token = await signToken(keyB, { iss: issuerB.url }, { kid: "unknown" });
    expect(await gateway.ask(token)).toEqual({ status: 401, why: "key_unknown" });
    expect(asked).not.toContain("b");
  });

  it.each([
    "http://169.254.169.254/latest/meta-data",
    "http://[::ffff:169.254.169.254]/",
    "file:///etc/passwd",
  ])("an iss of %s is compared but never requested", async (iss) => {
    const gateway = authorizerWith({ gateway: { jwt_validation: block(issuerA) } });
    expect(await gateway.ask(await signToken(keyA, { iss }))).toEqual({
      status: 401,
      why: "issuer_mismatch",
    });
    expect(asked).toEqual(["a"]);
  });
});

describe("GHSA-675f-rq2r-jw82 (jwkset): a key that its issuer removed stays in the cache", () => {
  it("the gateway denies its tokens after ten minutes, or as soon as it saw a newer key", async () => {
    let seconds = NOW_SECONDS;
    const gateway = authorizerWith(
      { gateway: { jwt_validation: block(issuerA) } },
      () => new Date(seconds * 1_000),
    );
    const old = await signToken(keyA, { iss: issuerA.url });
    expect(await gateway.ask(old)).toMatchObject({ status: 200 });
    const next = await makeKey("RS256", "next");
    publishedA = [next];
    seconds += 600;
    expect(await gateway.ask(old)).toEqual({ status: 401, why: "key_unknown" });
    expect(await gateway.ask(await signToken(next, { iss: issuerA.url }))).toMatchObject({ status: 200 });
  });
});

describe("unknown kids that make the gateway fetch at the attacker's pace (class of bug)", () => {
  it("500 forged kids cause at most one additional fetch", async () => {
    const gateway = authorizerWith({ gateway: { jwt_validation: block(issuerA) } });
    await gateway.ask(await signToken(keyA, { iss: issuerA.url }));
    const forged = await signToken(keyB, { iss: issuerA.url });
    const [, payload, signature] = forged.split(".");
    const tokens = Array.from({ length: 500 }, (_, index) => {
      const header = Buffer.from(JSON.stringify({ alg: "RS256", kid: `k${index}` })).toString("base64url");
      return `${header}.${payload}.${signature}`;
    });
    const responses = await Promise.all(tokens.map((token) => gateway.ask(token)));
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([401]));
    expect(asked.length).toBeLessThanOrEqual(2);
  });
});
