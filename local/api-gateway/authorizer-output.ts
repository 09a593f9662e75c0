// Checks the output of an authorizer function. The context is flat: strings, numbers and booleans, which API Gateway converts
// to strings for the integration; a nested value makes the whole output invalid.

/** An authorizer's result as it is cached. */
export type AuthorizerResult = {
  readonly policyDocument: unknown;
  /** `principalId` and the context, all strings. */
  readonly context: Readonly<Record<string, string>>;
};

/** Reads the function's output; returns a string if it is invalid. */
export function readAuthorizerOutput(output: unknown): AuthorizerResult | string {
  if (typeof output !== "object" || output === null) return "the authorizer did not return an object";
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
