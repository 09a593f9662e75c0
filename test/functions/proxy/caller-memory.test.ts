import { expect, it } from "vitest";
import { encodePrincipal } from "../../../functions/core/principal.ts";
import { createCallerMemory } from "../../../functions/proxy/caller-memory.ts";
import { principalWith } from "../../support/principals.ts";

function contextOf(changes: Parameters<typeof principalWith>[0]): Record<string, string> {
  const encoded = encodePrincipal(principalWith(changes));
  if (!encoded.ok) throw new Error(encoded.fault.got);
  return encoded.context;
}

it("gives the same object for the same context, and what decoding gives", () => {
  const callerOf = createCallerMemory();
  const first = callerOf(contextOf({ sub: "U2alice" }));
  expect(first).toEqual(principalWith({ sub: "U2alice" }));
  expect(callerOf(contextOf({ sub: "U2alice" }))).toBe(first);
});

it.each([
  ["another user", { sub: "U2bob" }],
  ["another server", { server: "other" }],
  ["another expiry", { exp: 4_000_000_001 }],
  ["another claim", { claims: { email: "bob@example.com" } }],
  ["one that was not admitted", { admitted: false }],
])("never takes %s for a remembered caller", (_, changes) => {
  const callerOf = createCallerMemory();
  callerOf(contextOf({}));
  expect(callerOf(contextOf(changes))).toEqual(principalWith(changes));
});

it("does not go by the parts that nothing is decided by", () => {
  const callerOf = createCallerMemory();
  callerOf(contextOf({ sub: "U2alice" }));
  expect(callerOf({ ...contextOf({ sub: "U2bob" }), sub: "U2alice" })?.sub).toBe("U2bob");
});

it.each([
  null,
  undefined,
  {},
  { server: "tools" },
  { server: "tools", principal: "e30" },
  { principal: "x" },
])("knows no caller in %j, however often it comes", (context) => {
  const callerOf = createCallerMemory();
  expect([callerOf(context), callerOf(context)]).toEqual([undefined, undefined]);
});

it("forgets those that it has not met for long when there are too many", () => {
  const callerOf = createCallerMemory();
  const first = callerOf(contextOf({ sub: "U0" }));
  const last = callerOf(contextOf({ sub: "U1" }));
  for (let index = 2; index <= 256; index += 1) {
    callerOf(contextOf({ sub: `U${index}` }));
    expect(callerOf(contextOf({ sub: "U1" }))).toBe(last);
  }
  expect(callerOf(contextOf({ sub: "U0" }))).not.toBe(first);
});
