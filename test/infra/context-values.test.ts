import { describe, expect, it } from "vitest";
import { contextValues } from "../../infra/context-values.ts";

const of = (context: Record<string, unknown>) => contextValues((name) => context[name]);

describe("contextValues", () => {
  it("gives undefined for what is not set, or empty", () => {
    const values = of({ a: "" });
    expect([values.text("a"), values.list("b"), values.number("c", 0, 9)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect([values.flag("d"), values.map("e")]).toEqual([undefined, undefined]);
  });

  it("reads text of the command line and JSON of cdk.json alike", () => {
    const values = of({ n: 60, f: true, text: "60", flag: "false", list: "a, b,,c", tags: "k=v,x=y=z" });
    expect([values.number("n", 0, 100), values.number("text", 0, 100)]).toEqual([60, 60]);
    expect([values.flag("f"), values.flag("flag")]).toEqual([true, false]);
    expect(values.list("list")).toEqual(["a", "b", "c"]);
    expect(values.map("tags")).toEqual({ k: "v", x: "y=z" });
  });

  it.each([["4"], ["11"], ["7.5"], ["-7"], ["seven"]])("refuses %j for a number from 5 to 10", (n) => {
    expect(() => of({ n }).number("n", 5, 10)).toThrow(
      `-c n must be a whole number from 5 to 10, but is ${JSON.stringify(n)}.`,
    );
  });

  it("refuses other words than true and false", () => {
    expect(() => of({ f: "yes" }).flag("f")).toThrow('-c f must be true or false, but is "yes".');
  });

  it.each([["team"], ["=x"]])("refuses the map item %j", (m) => {
    expect(() => of({ m }).map("m")).toThrow("-c m must be key=value, separated by commas, but is ");
  });
});
