// One text per value, whatever the order of keys: what hashes are taken over (after RFC 8785).
import { createHash } from "node:crypto";
import { isJsonObject } from "../json.ts";

/** JSON with sorted keys and without undefined members. Numbers that were read with their digits are written with them. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member) =>
    isJsonObject(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

/** SHA-256 over the canonical JSON of a value, in hex. */
export function canonicalHash(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
}
