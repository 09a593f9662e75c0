// Loads the KMS client with the first use: most gateways sign nothing, and its code would slow every cold start.
import type { SigningKeys } from "./signing-keys.ts";

/**
 * Signing keys that open on first use.
 *
 * @param keyArns see `openSigningKeys`
 */
export function lazySigningKeys(keyArns: readonly string[]): SigningKeys {
  let opened: Promise<SigningKeys> | undefined;
  const open = () => {
    opened ??= import("./signing-keys.ts").then(({ openSigningKeys }) => openSigningKeys(keyArns));
    return opened;
  };
  return {
    signingKeyId: async () => (await open()).signingKeyId(),
    sign: async (input) => (await open()).sign(input),
    published: async () => (await open()).published(),
  };
}
