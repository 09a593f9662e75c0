// Modules that stand in for others in the functions' bundles alone: each has to be what its original is to the code that uses it.
import { createRequire } from "node:module";
import { buildConnector, Client } from "undici";
import { describe, expect, it } from "vitest";

const require = createRequire(import.meta.url);
const standIn = (name: string) => require(`../../../functions/platform/${name}`);

describe("undici-client.cjs", () => {
  it("is undici's own client and connector, and nothing else", () => {
    const { Client: client, buildConnector: connector, ...others } = standIn("undici-client.cjs");
    expect(client).toBe(Client);
    expect(connector).toBe(buildConnector);
    expect(others).toEqual({});
  });
});

describe("no-http2.cjs", () => {
  it("has constants, of which there is none", () => {
    expect(standIn("no-http2.cjs")).toEqual({ constants: {} });
  });
});

describe("bare-assert.cjs", () => {
  const assert: (holds: unknown, message?: string | Error) => void = standIn("bare-assert.cjs");

  it.each([true, 1, "x", {}])("lets %j pass", (holds) => {
    expect(assert(holds, "not seen")).toBeUndefined();
  });

  it.each([false, 0, "", null, undefined])("throws for %j", (holds) => {
    expect(() => assert(holds)).toThrow(new Error("assertion failed"));
    expect(() => assert(holds, "why not")).toThrow(new Error("why not"));
  });

  it("throws the error that it is given", () => {
    const given = new TypeError("given");
    expect(() => assert(false, given)).toThrow(given);
  });
});
