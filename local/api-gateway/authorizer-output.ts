// Checks what an authorizer function returned. The context is flat: strings, numbers and booleans, all turned into
// strings on their way to the integration; anything nested makes the whole answer invalid.

/** An authorizer's response as it is kept in the cache. */
export type AuthorizerResult = {
  readonly policyDocument: unknown;
  /** `principalId` and the context, all strings. */
  readonly context: Readonly<Record<string, string>>;
};

/** Reads the function's output; a string says what is wrong with it. */
export function readAuthorizerOutput(output: unknown): AuthorizerResult | string {
  if (typeof output !== "object" || output === null) return "the authorizer returned no object";
  const { principalId, policyDocument, context = {} } = output as Record<string, unknown>;
  if (typeof principalId !== "string") return "principalId must be a string";
  if (typeof policyDocument !== "object" || policyDocument === null)
    return "policyDocument must be an object";
  if (typeof context !== "object" || context === null || Array.isArray(context)) {
    return "context must be an object";
  }
  const values: Record<string, string> = { principalId };
  for (const [key, value] of Object.entries(context)) {
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") {
      return `context.${key} must be a string, number or boolean`;
    }
    values[key] = String(value);
  }
  return { policyDocument, context: values };
}
