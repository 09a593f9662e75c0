// `{{ssm:/name}}` stands for a secret that lives in SSM (SecureString) or Secrets Manager, never in a file.

const REFERENCE = /\{\{ssm:(\/[A-Za-z0-9_.+=@:\-/]{1,1010})\}\}/g;

/** The SSM names that a text refers to, in order. */
export function secretNames(text: string): string[] {
  return [...text.matchAll(REFERENCE)].map((match) => match[1] as string);
}

/** Puts secrets into a text. `secretOf` gets the SSM name. */
export function fillSecrets(text: string, secretOf: (name: string) => string): string {
  return text.replaceAll(REFERENCE, (_reference, name: string) => secretOf(name));
}

/** True when the text is one reference and nothing else. */
export function isSecretReference(text: string): boolean {
  return text.replace(REFERENCE, "") === "" && secretNames(text).length === 1;
}

/** True when the text holds `{{` or `}}` outside a well-formed reference. */
export function hasBrokenReference(text: string): boolean {
  return /\{\{|\}\}/.test(text.replaceAll(REFERENCE, ""));
}
