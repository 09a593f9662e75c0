// An inline JWK set (RFC 7517): public signing keys only.
import type { JWK } from "jose";
import * as v from "valibot";
import { canonicalJson, isJsonObject } from "../json.ts";
import { isLongModulus, rsaKeyFault } from "../rsa-key.ts";
import { describeKind, describeValue, quoteText } from "./faults.ts";
import { checked, closedObject, filledList, requiredKey, type ValueFault } from "./fields.ts";

const PUBLIC_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  RSA: ["n", "e"],
  EC: ["crv", "x", "y"],
  OKP: ["crv", "x"],
};
const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

const keySchema = v.custom<JWK>(
  isJsonObject,
  (issue) => `expected a public key as a JSON Web Key object, got ${describeKind(issue.input)}.`,
);

/** `{"keys": […]}` with public signing keys. */
export const inlineJwksSchema = closedObject({
  keys: requiredKey(
    v.pipe(
      filledList(keySchema, "public keys"),
      checked((written) => {
        const keys = written.map(withoutNulls);
        return keys.flatMap((key, index) =>
          keyFaults(key, keys.slice(0, index)).map((message): ValueFault => ({ path: [index], message })),
        );
      }),
    ),
    {
      description:
        "Public signing keys, each with a `kid`; RSA keys of at least 2048 bits with an odd exponent of at least 65537.",
      examples: [[{ kty: "EC", crv: "P-256", kid: "k1", x: "…", y: "…" }]],
      source: "RFC 7517",
    },
  ),
});

/** A null member is treated as absent, as for fetched keys. */
function withoutNulls(key: JWK): JWK {
  return Object.fromEntries(Object.entries(key).filter(([, member]) => member !== null));
}

function keyFaults(key: JWK, before: readonly JWK[]): string[] {
  const secret = PRIVATE_MEMBERS.filter((member) => Object.hasOwn(key, member));
  if (secret.length > 0) {
    return [
      `this key contains private members (${secret.join(", ")}). Include only the public key, and rotate this key: it has been exposed.`,
    ];
  }
  const members = Object.hasOwn(PUBLIC_MEMBERS, String(key.kty))
    ? PUBLIC_MEMBERS[String(key.kty)]
    : undefined;
  if (members === undefined)
    return [`expected "kty" to be "RSA", "EC" or "OKP", got ${describeValue(key.kty)}.`];
  const faults: string[] = [];
  const parts: Readonly<Record<string, unknown>> = key;
  for (const member of members) {
    if (typeof parts[member] !== "string" || parts[member] === "") {
      faults.push(
        `a key of type ${key.kty} needs ${JSON.stringify(member)}, got ${describeKind(parts[member])}.`,
      );
    }
  }
  if (typeof key.kid !== "string" || key.kid === "") {
    faults.push(`expected "kid", by which tokens name their key, got ${describeValue(key.kid)}.`);
  } else if (before.some((other) => other.kid === key.kid && canonicalJson(other) !== canonicalJson(key))) {
    faults.push(
      `the "kid" ${quoteText(key.kid)} is used by more than one key. Give each key a unique "kid".`,
    );
  }
  if (key.use !== undefined && key.use !== "sig") {
    faults.push(`expected "use" to be "sig" or absent, got ${describeValue(key.use)}.`);
  }
  if (key.kty === "RSA" && typeof key.n === "string" && !isLongModulus(key.n)) {
    const bytes = Buffer.from(key.n, "base64url").length;
    faults.push(`expected an RSA key of at least 2048 bits, got about ${bytes * 8}.`);
  } else if (key.kty === "RSA" && faults.length === 0 && rsaKeyFault(key.n, key.e) !== undefined) {
    faults.push('expected "e" to be odd and at least 65537 ("AQAB"), got a smaller or an even exponent.');
  }
  return faults;
}
