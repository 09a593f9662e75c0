// Keys that gateway.json and the server files have in common.
import * as v from "valibot";
import { expected, list, notes, scopeField, textField } from "./fields.ts";

/** `$schema`: for editors only. */
export function schemaLink(example: string) {
  return v.optional(
    v.pipe(
      v.string(expected("the path of a JSON Schema file")),
      notes({
        description: "JSON Schema for editors. Not read by the gateway.",
        examples: [example],
        source: "JSON Schema",
      }),
    ),
  );
}

/** `scopes_supported` (RFC 9728). */
export function scopesSupported(description: string, defaultNote: string) {
  const scope = v.pipe(
    scopeField(),
    v.check(
      (name) => name !== "offline_access",
      `"offline_access" is between the client and the authorization server and does not belong here. Remove it.`,
    ),
  );
  return v.optional(
    v.pipe(
      list(scope, "scope names"),
      notes({ description, examples: [["openid", "tools:read"]], source: "RFC 9728", defaultNote }),
    ),
  );
}

/** `resource_name` (RFC 9728). */
export function resourceName(description: string, defaultNote: string) {
  return v.optional(
    v.pipe(textField(), notes({ description, examples: ["Example tools"], source: "RFC 9728", defaultNote })),
  );
}
