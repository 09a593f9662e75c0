// Random tokens: the reader returns a result for any header, and accepts only the one genuine token.
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { readBearerToken } from "../../functions/core/bearer.ts";
import { readKeySet } from "../../functions/core/jwk-set.ts";
import { type ResolveKey, verifyToken } from "../../functions/core/verify-token.ts";
import { tokenRules } from "../support/rules.ts";
import { makeKey, NOW, signPayload, signToken, type TestKey, tokenClaims } from "../support/tokens.ts";
import { budget, corpus } from "./budget.ts";

let key: TestKey;
let genuine: string;
let resolveKey: ResolveKey;

beforeAll(async () => {
  key = await makeKey("RS256", "k");
  genuine = await signToken(key);
  const keySet = readKeySet({ keys: [key.publicJwk] });
  resolveKey = async (kid, algorithm) => {
    const found = await keySet?.find(kid, algorithm);
    if (found !== undefined) return { ok: true, key: found };
    return { ok: false, denial: { reason: "key_unknown", expected: "k", actual: "another" } };
  };
});

const verdict = (token: string) => verifyToken(token, tokenRules(), resolveKey, NOW);
const base64url = (value: unknown) => Buffer.from(JSON.stringify(value) ?? "").toString("base64url");

describe("the header's reader", () => {
  const values = fc.oneof(
    fc.string({ unit: "binary", maxLength: 200 }),
    fc.string({ unit: fc.constantFrom(..."Bearer .abc=\t,-_~") }),
    fc
      .tuple(fc.constantFrom("Bearer ", "bearer  ", "DPoP "), fc.base64String())
      .map((parts) => parts.join("")),
  );

  it("never throws, and gives nothing but three parts of base64url of at most 8 KiB", () => {
    const examples = corpus("authorization").map((value): [string] => [value]);
    fc.assert(
      fc.property(values, (value) => {
        const read = readBearerToken(value, "Authorization");
        if (!read.ok) {
          expect(read.denial.reason).toMatch(/^(token_|scheme_)/);
          return;
        }
        expect(read.token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
        expect(read.token.length).toBeLessThanOrEqual(8192);
      }),
      budget(examples),
    );
  });
});

describe("the verifier", () => {
  it("takes no token of which anything was changed", async () => {
    expect((await verdict(genuine)).ok).toBe(true);
    const change = fc.tuple(
      fc.nat(),
      fc.constantFrom(..."ABab01-_.=~ "),
      fc.constantFrom("replace", "insert", "cut"),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        let token = genuine;
        for (const [position, character, how] of changes) {
          const at = position % token.length;
          const after = token.slice(how === "insert" ? at : at + 1);
          token = token.slice(0, at) + (how === "cut" ? "" : character) + after;
        }
        // What the last character does not use of its bits is not part of the signature.
        const same = token.split(".").map((part) => Buffer.from(part, "base64url").toString("hex"));
        fc.pre(
          same.join() !==
            genuine
              .split(".")
              .map((part) => Buffer.from(part, "base64url").toString("hex"))
              .join(),
        );
        expect((await verdict(token)).ok).toBe(false);
      }),
      budget(),
    );
  });

  it("denies unsigned headers and claims", async () => {
    const headers = fc.oneof(
      fc.constantFrom(...corpus<unknown>("token-headers")),
      fc.record({
        alg: fc.constantFrom("RS256", "none", "HS256", "ES256"),
        kid: fc.constantFrom("k", "x", ""),
      }),
      fc.jsonValue(),
    );
    const examples = corpus<unknown>("token-headers").map((header): [unknown, unknown, string] => [
      header,
      {},
      "AAAA",
    ]);
    await fc.assert(
      fc.asyncProperty(headers, fc.jsonValue(), fc.base64String(), async (header, payload, signature) => {
        const token = [base64url(header), base64url(payload), signature.replace(/[+/=]/g, "")].join(".");
        expect((await verdict(token)).ok).toBe(false);
      }),
      budget(examples as never),
    );
  });

  it("gives a verdict on any claims that are signed, and takes them only with issuer, audience, subject and time right", async () => {
    const odd = fc.oneof(fc.jsonValue(), fc.constant(undefined));
    const claims = fc.record(
      { iss: odd, aud: odd, sub: odd, exp: odd, nbf: odd, iat: odd, cnf: odd, drn: odd },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(claims, async (changed) => {
        const payload = { ...tokenClaims(), ...changed };
        const response = await verdict(await signPayload(key, JSON.stringify(payload)));
        if (!response.ok) {
          expect(response.denial.reason).toMatch(/^[a-z_]+$/);
          return;
        }
        expect([payload.iss].flat()).toEqual(["https://auth.example.com/v1/apps/agentic/P2/MS2"]);
        expect([payload.aud].flat()).toContain("https://mcp.example.com");
        expect(typeof payload.sub === "string" && payload.sub !== "").toBe(true);
        expect(Number(payload.exp) + 5).toBeGreaterThan(NOW.getTime() / 1000);
        expect("cnf" in JSON.parse(JSON.stringify(payload))).toBe(false);
      }),
      budget<[object]>([], 2),
    );
  });
});
