import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileClientNames } from "../../../functions/core/client-names.ts";

function translation(rename: Record<string, string>) {
  const { toReal, toClient, shadowed } = compileClientNames(rename);
  return {
    real: (client: string) => toReal.get(client) ?? client,
    client: (real: string) => toClient.get(real) ?? real,
    shadowed,
  };
}

describe("compileClientNames", () => {
  it("translates a client name to the server's name, and a renamed tool's own name to one that clients cannot use", () => {
    const { real, client, shadowed } = translation({ search: "find" });
    expect([real("find"), client("search"), real("search"), shadowed]).toEqual([
      "search",
      "find",
      "find",
      new Set(["find"]),
    ]);
  });

  it("lets two names change places without hiding one", () => {
    const { real, shadowed } = translation({ a: "b", b: "a" });
    expect([real("a"), real("b"), shadowed.size]).toEqual(["b", "a", 0]);
  });

  it("hides only the last name of a chain", () => {
    const { real, shadowed } = translation({ a: "b", b: "c" });
    expect([real("b"), real("c"), real("a"), [...shadowed]]).toEqual(["a", "b", "c", ["c"]]);
  });

  it("translates different names to different names, and back to the client's", () => {
    const name = fc.constantFrom<string[]>("a", "b", "c", "d", "e", "f");
    fc.assert(
      fc.property(fc.uniqueArray(name), fc.uniqueArray(name), (from, to) => {
        const rename = Object.fromEntries(
          from.flatMap((real, at) => (to[at] === undefined || to[at] === real ? [] : [[real, to[at]]])),
        );
        const { real, client, shadowed } = translation(rename);
        const names = ["a", "b", "c", "d", "e", "f", "g"];
        expect(new Set(names.map(real)).size).toBe(names.length);
        expect(names.map((each) => client(real(each)))).toEqual(names);
        // The name of a renamed entry is unknown to clients.
        for (const renamed of Object.keys(rename))
          if (!Object.values(rename).includes(renamed)) expect(shadowed.has(real(renamed))).toBe(true);
      }),
    );
  });
});
