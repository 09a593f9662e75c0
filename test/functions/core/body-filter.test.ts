import { expect, it } from "vitest";
import { type BodyFilter, chainFilters } from "../../../functions/core/body-filter.ts";

/** Holds a part back until the next one, and puts a mark behind each. */
function late(mark: string): BodyFilter {
  let held: Buffer[] = [];
  return {
    push(chunk) {
      const out = held;
      held = [Buffer.from(`${chunk}${mark}`)];
      return out;
    },
    rest: () => held,
  };
}

const text = (parts: Buffer[] | undefined) => parts?.map(String);

it("passes each chunk through all filters in order, including the last chunks", () => {
  const chain = chainFilters(late("1"), undefined, late("2"), late("3"));
  expect(text(chain?.push(Buffer.from("a")))).toEqual([]);
  expect(text(chain?.push(Buffer.from("b")))).toEqual([]);
  expect(text(chain?.rest())).toEqual(["a123", "b123"]);
});

it("returns a single filter unchanged, and undefined without filters", () => {
  const alone = late("1");
  expect(chainFilters(undefined, alone)).toBe(alone);
  expect(chainFilters(undefined, undefined)).toBeUndefined();
});
