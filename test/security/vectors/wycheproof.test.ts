// Verifies Wycheproof's vectors for JSON Web Signatures (C2SP/wycheproof, json_web_signature). They are read from a folder beside the
// repository, if it exists; otherwise the test reports that they are missing.
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readBearerToken } from "../../../functions/core/bearer.ts";
import { verifyVector } from "./judge-vector.ts";

const file = new URL("../../../../shared/vectors/wycheproof-json-web-signature.json", import.meta.url);

type Vector = { tcId: number; comment: string; result: "valid" | "invalid"; jws: unknown };
type Group = { comment: string; public?: { alg?: string }; private: object; tests: Vector[] };

// Valid by Wycheproof, though the key's own `alg` names another algorithm than the token (one is "ES521", which does not exist).
const KEY_FOR_ANOTHER_ALGORITHM = new Set([346, 347, 350, 351]);

const groups: Group[] = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).testGroups : [];
const vectors = groups.flatMap((group) => group.tests.map((vector) => ({ group, vector })));

async function outcome({ group, vector }: (typeof vectors)[number]): Promise<string> {
  if (typeof vector.jws !== "string") return "not a compact JWS";
  // An oct key has no public half. If it is published by mistake, it must not verify anything.
  return verifyVector(vector.jws, group.public ?? group.private);
}

describe("Wycheproof JSON Web Signature vectors", () => {
  if (vectors.length === 0) {
    it("are missing from this checkout: only the RFC examples were run (rfc-examples.test.ts)", () => {
      console.log("No Wycheproof vectors at ../shared/vectors: put json_web_signature there to run them.");
      expect(groups).toEqual([]);
    });
    return;
  }

  it("are complete", () => expect(vectors).toHaveLength(401));

  it("that are invalid are all denied", async () => {
    const accepted: number[] = [];
    for (const each of vectors.filter(({ vector }) => vector.result === "invalid")) {
      if ((await outcome(each)).endsWith("accepted")) accepted.push(each.vector.tcId);
    }
    expect(accepted).toEqual([]);
  });

  it("that are valid and asymmetric are accepted, unless the key is for another algorithm", async () => {
    const rejected: number[] = [];
    const valid = vectors.filter(
      ({ group, vector }) => vector.result === "valid" && group.public !== undefined,
    );
    for (const each of valid) {
      if ((await outcome(each)) !== "signature accepted") rejected.push(each.vector.tcId);
    }
    expect(rejected).toEqual([...KEY_FOR_ANOTHER_ALGORITHM]);
  });

  it("with a shared secret are all denied, valid or not", async () => {
    const symmetric = vectors.filter(({ group }) => group.public === undefined);
    const outcomes = await Promise.all(symmetric.map(outcome));
    expect(symmetric).toHaveLength(40);
    expect(outcomes.filter((each) => each.endsWith("accepted"))).toEqual([]);
  });

  it("that are not a compact JWS are denied when the header is parsed", () => {
    const odd = vectors.filter(({ vector }) => !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(String(vector.jws)));
    expect(odd.length).toBeGreaterThan(10);
    for (const { vector } of odd) {
      expect(readBearerToken(`Bearer ${vector.jws}`, "Authorization").ok).toBe(false);
    }
  });
});
