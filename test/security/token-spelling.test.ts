// One token has one spelling and one reading: forged headers that change how others are read, repeated names, numbers that lose digits,
// base64url that decoders take in many ways.
import { beforeAll, describe, expect, it } from "vitest";
import { authorizerWith } from "../support/authorizer-under-test.ts";
import { JWT_VALIDATION } from "../support/gateway-config.ts";
import {
  makeKey,
  NOW_SECONDS,
  signPayload,
  signToken,
  type TestKey,
  tokenClaims,
} from "../support/tokens.ts";

let key: TestKey;
beforeAll(async () => {
  key = await makeKey("RS256", "k");
});

const base64url = (text: string | Uint8Array) => Buffer.from(text).toString("base64url");

function gatewayWith(claimValues: object = {}, identity: string[] = []) {
  const jwt_validation = {
    jwks: { keys: [key.publicJwk] },
    claimValues: { ...JWT_VALIDATION.claimValues, ...claimValues },
  };
  const user_identity_forwarding = { method: "claims_header", include_claims: ["sub", ...identity] };
  return authorizerWith({ gateway: { jwt_validation, user_identity_forwarding }, servers: { tools: {} } });
}

/** A genuine token whose header and payload are these texts. */
async function signTexts(header: string | Uint8Array, payload: string | Uint8Array): Promise<string> {
  const input = `${base64url(header)}.${base64url(payload)}`;
  const signature = await crypto.subtle.sign("RSASSA-PKCS1-v1_5", key.privateKey, Buffer.from(input));
  return `${input}.${base64url(new Uint8Array(signature))}`;
}

const HEADER = '{"alg":"RS256","kid":"k"}';
const payloadWith = (members: string) => `${JSON.stringify(tokenClaims()).slice(0, -1)},${members}}`;

describe("nodejs/node#63785: a forged header with escaped names changes how later tokens are parsed", () => {
  it.each([
    '{"a\\u006cg":"RS256","kid":"k"}',
    '{"alg":"RS256","kid":"k","\\u0065xp":1}',
    '{"alg":"RS256","kid":"k","x":{"\\"":1}}',
    '{"alg":"RS256","kid":"k","x":[{"a\\/b" : 1}]}',
  ])("denies %s without verifying its signature, and parses the next token correctly", async (header) => {
    const gateway = gatewayWith();
    for (let times = 0; times < 3; times++) {
      const forged = `${base64url(header)}.${base64url(payloadWith('"\\u0065mail":"x"'))}.AAAA`;
      expect(await gateway.ask(forged)).toEqual({ status: 401, why: "token_malformed" });
      const genuine = await signToken(key, { email: "alice@example.com", exp: NOW_SECONDS + 60 });
      expect(await gateway.ask(genuine)).toMatchObject({ status: 200, principal: { sub: "U2alice" } });
    }
  });

  it("allows escapes in values, as PHP's encoder writes them", async () => {
    const token = await signTexts(
      '{"alg":"RS256","kid":"\\u006b","typ":"application\\/at+jwt"}',
      payloadWith('"x":1'),
    );
    expect((await gatewayWith().ask(token)).status).toBe(200);
  });

  it("parses escaped names in claims correctly", async () => {
    const token = await signTexts(HEADER, payloadWith('"em\\u0061il":"alice@example.com"'));
    expect(await gatewayWith({}, ["email"]).ask(token)).toMatchObject({
      principal: { claims: { email: "alice@example.com" } },
    });
  });
});

describe("RFC 8725 section 2.4: two readers that see two values", () => {
  it.each([
    ["a name twice in the header", '{"alg":"RS256","kid":"k","kid":"k"}', payloadWith('"x":1')],
    ["sub twice", HEADER, payloadWith('"sub":"U2admin"')],
    ["sub twice, once escaped", HEADER, payloadWith('"s\\u0075b":"U2admin"')],
    ["a name twice below a claim", HEADER, payloadWith('"tenants":{"T1":1,"T1":2}')],
    ["a byte order mark", HEADER, `\uFEFF${payloadWith('"x":1')}`],
    ["claims nested 65 levels deep", HEADER, payloadWith(`"x":${"[".repeat(64)}${"]".repeat(64)}`)],
    ["text after the claims", HEADER, `${payloadWith('"x":1')} {}`],
    ["NaN", HEADER, payloadWith('"x":NaN')],
    ["bytes that are not UTF-8", HEADER, Buffer.from(payloadWith('"x":"\xff"'), "latin1")],
    [
      "a header that is not UTF-8",
      Buffer.from('{"alg":"RS256","kid":"k","x":"\xff"}', "latin1"),
      payloadWith('"x":1'),
    ],
  ])("denies a genuine token with %s", async (_, header, payload) => {
    expect(await gatewayWith().ask(await signTexts(header, payload))).toEqual({
      status: 401,
      why: "token_malformed",
    });
  });
});

describe("one spelling of each token (evading limits per token)", () => {
  it.each([0, 1, 2])("denies unused bits and an impossible base64url length in part %i", async (part) => {
    const gateway = gatewayWith();
    // A payload and header of lengths that leave spare bits in the last character.
    const token = await signTexts('{"alg":"RS256","kid":"k"} ', `${payloadWith('"x":1')}${" ".repeat(3)}`);
    const parts = token.split(".");
    const text = parts[part] as string;
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const spellings = [...alphabet]
      .map((last) => text.slice(0, -1) + last)
      .filter(
        (other) => other !== text && Buffer.from(other, "base64url").equals(Buffer.from(text, "base64url")),
      );
    for (const spelling of [...spellings, `${text}A`]) {
      const respelled = parts.with(part, spelling).join(".");
      expect(await gateway.ask(respelled)).toMatchObject({ status: 401 });
    }
  });

  it("denies both for opaque tokens that are JWTs", async () => {
    const jwt_validation = {
      introspectEndpoint: "http://127.0.0.1:9/i",
      claimValues: JWT_VALIDATION.claimValues,
    };
    const gateway = authorizerWith({ gateway: { jwt_validation }, servers: { tools: {} } });
    const token = await signToken(key);
    expect(await gateway.ask(token)).toEqual({ status: 503, why: "keys_unavailable" });
    expect(await gateway.ask(`${token.slice(0, -1)}B`)).toEqual({ status: 401, why: "token_malformed" });
  });
});

describe("numbers keep the token's digits (two tenants whose ids differ in the last digit)", () => {
  const ID = "1915883588174806058";
  const NEIGHBOUR = "1915883588174806057";

  it("in rules: a number matches its own digits and no neighboring number", async () => {
    const gateway = gatewayWith({ tenant: { values: ID } });
    const ask = async (tenant: string) =>
      (await gateway.ask(await signPayload(key, payloadWith(`"tenant":${tenant}`)))).status;
    expect(await ask(ID)).toBe(200);
    expect(await ask(`"${ID}"`)).toBe(200);
    expect(await ask(`[${ID}]`)).toBe(200);
    expect(await ask(`${ID}.0`)).toBe(200);
    expect(await ask(NEIGHBOUR)).toBe(403);
    expect(await ask("1915883588174806059")).toBe(403);
    expect(await ask("1915883588174806000")).toBe(403);
    expect(await ask(`${ID}.1`)).toBe(403);
  });

  it("in the claims that the proxy receives", async () => {
    const gateway = gatewayWith({}, ["user_id", "ratio", "huge", "deep"]);
    const claims = '"user_id":1162345678901234567,"ratio":1.0,"huge":1e400,"deep":{"ids":[9007199254740993]}';
    const outcome = await gateway.ask(await signPayload(key, payloadWith(claims)));
    expect(outcome.status).toBe(200);
    const { principal } = outcome as Extract<typeof outcome, { status: 200 }>;
    expect(JSON.stringify(principal.claims)).toBe(
      `{"sub":"U2alice","user_id":1162345678901234567,"ratio":1.0,"huge":1e400,"deep":{"ids":[9007199254740993]}}`,
    );
  });

  it("and are never treated as objects", async () => {
    const rule = { values: ".*", matchType: "regex" };
    const gateway = gatewayWith({ "user_id.rawJSON": rule });
    expect(
      (await gateway.ask(await signPayload(key, payloadWith('"user_id":9007199254740993')))).status,
    ).toBe(403);
    const tenants = await gatewayWith().ask(
      await signPayload(key, payloadWith('"tenants":9007199254740993')),
    );
    expect(tenants).toMatchObject({ status: 200, principal: { tenant: "" } });
  });

  it.each<[string, string, string]>([
    ["exp", "1e400", "exp_missing"],
    ["exp", "-1e400", "exp_missing"],
    ["exp", "1794744000.5", "200"],
    ["exp", "17947440005e-1", "200"],
    ["exp", "179474.4e4", "200"],
    ["exp", "1794743995.0", "token_expired"],
    ["exp", "1e3", "token_expired"],
    ["exp", "99999999999999999999", "200"],
    ["nbf", "1e400", "token_not_yet_valid"],
    ["nbf", "-1e400", "token_not_yet_valid"],
    ["nbf", "1794744005.0", "200"],
    ["iat", "1e400", "token_issued_in_future"],
    ["iat", "-1e400", "iat_missing"],
    ["iat", "1.79474394e9", "200"],
  ])("%s %s leads to %s", async (name, value, expected) => {
    const text = JSON.stringify(tokenClaims({ [name]: 0 })).replace(`"${name}":0`, `"${name}":${value}`);
    const outcome = await gatewayWith().ask(await signPayload(key, text));
    expect(outcome.status === 200 ? "200" : outcome.why).toBe(expected);
  });
});
