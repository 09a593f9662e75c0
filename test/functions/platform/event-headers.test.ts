// The headers of an event, whatever case their names are written in, with all that was sent of them.
import { describe, expect, it } from "vitest";
import { headerValues } from "../../../functions/platform/event-headers.ts";

describe("the headers of an event", () => {
  it("contain every value of a header that was sent in several spellings", () => {
    const headers = headerValues({
      Authorization: ["Bearer a"],
      Accept: ["text/html", "text/plain"],
      "X-Empty": undefined,
      AUTHORIZATION: ["Bearer b"],
    });
    expect([...headers]).toEqual([
      ["authorization", ["Bearer a", "Bearer b"]],
      ["accept", ["text/html", "text/plain"]],
      ["x-empty", []],
    ]);
    expect(headers.get("constructor")).toBeUndefined();
  });

  it.each([null, undefined, {}])("are empty for %j", (headers) => {
    expect(headerValues(headers).size).toBe(0);
  });
});
