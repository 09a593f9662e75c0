// Remembers the callers of late, so that what API Gateway hands over is decoded once and not with every request. Kept by the whole of the
// text that the authorizer wrote: another token, server or claim is another text.
import { decodePrincipal, type Principal } from "../core/principal.ts";

/** What API Gateway hands over of the authorizer's answer. */
export type AuthorizerContext = Record<string, unknown> | null | undefined;

const MAX_CALLERS = 256;

/**
 * Opens an empty memory.
 *
 * @returns the caller of a context, the same object for the same context; undefined where the authorizer wrote none
 */
export function createCallerMemory(): (context: AuthorizerContext) => Principal | undefined {
  const callers = new Map<string, Principal>();
  return (context) => {
    const { server, principal: text } = context ?? {};
    if (typeof server !== "string" || typeof text !== "string") return undefined;
    const key = `${server} ${text}`;
    const known = callers.get(key);
    if (known !== undefined) return known;
    const principal = decodePrincipal(context);
    if (principal === undefined) return undefined;
    if (callers.size === MAX_CALLERS) callers.delete(callers.keys().next().value as string);
    callers.set(key, principal);
    return principal;
  };
}
