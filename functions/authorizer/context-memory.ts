// Remembers the context that a verified token's claims make at a server, so that a busy caller's is encoded once. Bound to the objects
// themselves: other claims, or a server that was configured anew, make another context.
import type { Claims } from "../core/claims.ts";
import type { EffectiveServer } from "../core/config/effective-server.ts";
import { claimNamesFor, encodePrincipal, principalOf } from "../core/principal.ts";

type EncodedPrincipal = ReturnType<typeof encodePrincipal>;

const remembered = new WeakMap<Claims, { server: EffectiveServer; encoded: EncodedPrincipal }>();

/**
 * The context of an admitted caller.
 *
 * @param claims the payload of a token that passed every check of the server; the same object for the same verdict
 * @param server the server
 */
export function admittedContext(claims: Claims, server: EffectiveServer): EncodedPrincipal {
  const known = remembered.get(claims);
  if (known?.server === server) return known.encoded;
  const principal = principalOf(claims, server.name, claimNamesFor(server));
  const encoded = encodePrincipal({ ...principal, admitted: true });
  remembered.set(claims, { server, encoded });
  return encoded;
}
