// Claims of any kind for property tests. Names hold nothing that JSON must escape: V8 can misread such keys (nodejs/node#63785),
// which the code under test can't help and an equality check would report.
import fc from "fast-check";

/** A claim name, among them those that objects inherit. */
export const anyClaimName = fc.oneof(
  fc.constantFrom("__proto__", "constructor", "toString", "hasOwnProperty", "a.b", "__proto__.a", "李"),
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly what JSON must escape
  fc.string({ unit: "grapheme" }).filter((name) => !/["\\\x00-\x1f]/.test(name)),
);

const text = fc.oneof(fc.constantFrom("\r", "\n", "\0", "\ud83d", "\ude00", "李", '"', "\\"), fc.string());
const scalar = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null));

/** Claims by name, down to objects in objects. */
export const anyClaims = fc.dictionary(
  anyClaimName,
  fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }), fc.dictionary(anyClaimName, scalar, { maxKeys: 3 })),
  { maxKeys: 6 },
);
