// One header of an event, found whatever case its name is written in, with all that was sent of it.
import { describe, expect, it } from "vitest";
import { headerLookup, headerValues } from "../../../functions/platform/event-headers.ts";

const EVENT = {
  Authorization: ["Bearer a"],
  Accept: ["text/html", "text/plain"],
  "X-Empty": undefined,
  AUTHORIZATION: ["Bearer b"],
};

describe("headerLookup", () => {
  it.each([
    ["authorization", ["Bearer a", "Bearer b"]],
    ["accept", ["text/html", "text/plain"]],
    ["x-empty", []],
    ["authorizatio", undefined],
    ["cookie", undefined],
    ["constructor", undefined],
  ])("of %s: %j", (name, values) => {
    expect(headerLookup(EVENT).get(name)).toEqual(values);
  });

  it.each([null, undefined, {}])("finds nothing in %j", (headers) => {
    expect(headerLookup(headers).get("authorization")).toBeUndefined();
  });

  it("says the same as the list of all headers", () => {
    const all = headerValues(EVENT);
    for (const name of all.keys()) expect(headerLookup(EVENT).get(name)).toEqual(all.get(name));
  });
});
