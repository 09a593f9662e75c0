// Keys of several types of `upstream_auth`: the header of a token, how long it is cached, and secrets.
import * as v from "valibot";
import { describeKind, quoteText } from "../faults.ts";
import {
  checkedText,
  list,
  namedEntries,
  optionalKey,
  scopeField,
  textField,
  textWithReferences,
  wholeNumber,
} from "../fields.ts";
import { headerNameFault, isHeaderValue } from "../header-names.ts";
import { isSecretReference } from "../secret-references.ts";

/** Placeholder for the token in `format`. */
export const TOKEN_PLACEHOLDER = "{token}";

/** A key that holds exactly one secret reference. */
export function secretReferenceKey(description: string, example: string) {
  const message = (issue: v.BaseIssue<unknown>) =>
    `expected one secret reference "{{ssm:/name}}", got ${describeKind(issue.input)} (not shown). Store the secret in SSM and reference it here.`;
  return optionalKey(v.pipe(v.string(message), v.check(isSecretReference, message)), {
    description,
    examples: [example],
  });
}

/** `header` and `format`: how the token is sent to the server. */
export const placeKeys = {
  header: optionalKey(checkedText("a header name", headerNameFault), {
    description: "Header that carries the token.",
    examples: ["X-Api-Key"],
    default: "Authorization",
  }),
  format: optionalKey(checkedText("a header value with {token} in it", formatFault), {
    description:
      "The header's value; `{token}` is replaced with the token. Without `{token}`, the text is the scheme before the token.",
    examples: ["Token {token}"],
    defaultNote: "`Bearer {token}` in `Authorization`, `{token}` in any other header",
  }),
};

function formatFault(text: string): string | undefined {
  const isValid = text.trim() !== "" && isHeaderValue(text) && !/\{\{|\}\}/.test(text);
  return isValid && text.split(TOKEN_PLACEHOLDER).length <= 2
    ? undefined
    : `expected a header value of printable ASCII with {token} once, such as "Bearer {token}", got ${quoteText(text)}.`;
}

/** `scopes`. */
export function scopesKey(description: string) {
  return optionalKey(list(scopeField(), "scope names"), {
    description,
    examples: [["tools:read"]],
    source: "RFC 6749",
    default: [],
  });
}

/** `cache_seconds`. */
export function cacheSecondsKey(description: string, max: number, fallback: number) {
  return optionalKey(wholeNumber("seconds", 0, max), { description, examples: [30], default: fallback });
}

/**
 * `extra_parameters`: further parameters of the token request.
 *
 * @param reserved names that the gateway sets
 */
export function extraParametersKey(reserved: readonly string[]) {
  const name = v.pipe(
    textField("a parameter name"),
    v.check(
      (text) => !reserved.includes(text),
      (issue) =>
        `${quoteText(String(issue.input))} is set by the gateway. Use the configuration key for it, or remove it.`,
    ),
  );
  return optionalKey(namedEntries(name, textWithReferences()), {
    description: "Additional parameters of the token request. Values may contain `{{ssm:/name}}`.",
    examples: [{ organization: "acme" }],
    default: {},
  });
}
