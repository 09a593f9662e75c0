// Names of claims as rules and include_claims use them: a top-level name, or a path such as `tenants.T2abc.roles`.

import { quoteText } from "./describe-value.ts";
import { checkedText } from "./fields.ts";

/** `nsec` holds what the client itself put into the token: a rule or identity built on it could be forged. */
function claimNameFault(name: string): string | undefined {
  if (name === "")
    return `expected the name of a claim, such as "sub" or "tenants.T2abc.roles", got an empty string.`;
  if (name === "nsec" || name.startsWith("nsec.")) {
    return `${quoteText(name)}: "nsec" holds values that the client chose itself, so they prove nothing. Use a claim that Descope sets, such as a custom claim or one from a JWT template.`;
  }
  return undefined;
}

/** A claim name or path. Refuses `nsec` and everything below it. */
export function claimName() {
  return checkedText(`the name of a claim, such as "sub"`, claimNameFault);
}
