// Remembers the callers of late, so that what API Gateway hands over is decoded once and not with every request. Kept by the whole of the
// text that the authorizer wrote: another token, server or claim is another text.
import QuickLRU from "quick-lru";
import { decodePrincipal, type Principal } from "../core/principal.ts";

/** What API Gateway hands over of the authorizer's answer. */
export type AuthorizerContext = Record<string, unknown> | null | undefined;

// Those met most recently are held, at most twice as many.
const CALLERS = 128;

/**
 * Opens an empty memory.
 *
 * @returns the caller of a context, the same object for the same context; undefined where the authorizer wrote none
 */
export function createCallerMemory(): (context: AuthorizerContext) => Principal | undefined {
  const callers = new QuickLRU<string, Principal>({ maxSize: CALLERS });
  return (context) => {
    const { server, principal: text } = context ?? {};
    if (typeof server !== "string" || typeof text !== "string") return undefined;
    const key = `${server} ${text}`;
    const known = callers.get(key);
    if (known !== undefined) return known;
    const principal = decodePrincipal(context);
    if (principal === undefined) return undefined;
    callers.set(key, principal);
    return principal;
  };
}
