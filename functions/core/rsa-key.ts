// Requirements for RSA keys that verify tokens, from a JWKS URL or from the configuration.
import { RSA_MIN_MODULUS_BITS, RSA_MIN_PUBLIC_EXPONENT } from "./limits.ts";

/**
 * Why an RSA key must not be used, or undefined.
 *
 * @param n modulus in base64url (RFC 7518 section 6.3.1)
 * @param e public exponent in base64url
 * @see FIPS 186-5 section 5.4 (e): odd and above 2^16
 */
export function rsaKeyFault(n: unknown, e: unknown): string | undefined {
  if (!isLongModulus(n)) return `RSA modulus below ${RSA_MIN_MODULUS_BITS} bits`;
  const exponent = bytesOf(e);
  if (exponent === undefined) return "no RSA exponent";
  const isOdd = (exponent.at(-1) ?? 0) % 2 === 1;
  const isLarge =
    bitLength(exponent) > 64 || BigInt(`0x0${exponent.toString("hex")}`) >= RSA_MIN_PUBLIC_EXPONENT;
  return isOdd && isLarge ? undefined : `RSA exponent even or below ${RSA_MIN_PUBLIC_EXPONENT}`;
}

/** Whether a modulus is long enough, without leading zeros. */
export function isLongModulus(n: unknown): boolean {
  const modulus = bytesOf(n);
  return modulus !== undefined && bitLength(modulus) >= RSA_MIN_MODULUS_BITS;
}

function bytesOf(value: unknown): Buffer | undefined {
  return typeof value === "string" && /^[\w-]+$/.test(value) ? Buffer.from(value, "base64url") : undefined;
}

function bitLength(bytes: Buffer): number {
  const first = bytes.findIndex((byte) => byte !== 0);
  if (first === -1) return 0;
  return (bytes.length - first) * 8 - (Math.clz32(bytes[first] as number) - 24);
}
