import { describe, expect, it } from "vitest";
import { openRequestCauses } from "../../local/request-causes.ts";

const line = (fields: object) => JSON.stringify({ level: "INFO", message: "request", ...fields });
const CAUSE =
  "ConnectionError: refused: nothing accepts connections at 127.0.0.1:9 (ECONNREFUSED), because of Error ECONNREFUSED: connect";
const SHORT = "refused: nothing accepts connections at 127.0.0.1:9 (ECONNREFUSED)";

describe("the cause of a failed request", () => {
  it("is found where the log line came first, in the gateway's own words", async () => {
    const causes = openRequestCauses();
    causes.note(line({ request_id: "a", cause: CAUSE }));
    expect(await causes.of("a")).toBe(SHORT);
  });

  it("is waited for where the log line comes later", async () => {
    const causes = openRequestCauses(60_000);
    const found = causes.of("a");
    causes.note(line({ request_id: "b", cause: "Error: other" }));
    causes.note(line({ request_id: "a", cause: CAUSE }));
    expect(await found).toBe(SHORT);
  });

  it("is undefined where nothing is logged shortly, whatever else is", async () => {
    const causes = openRequestCauses(20);
    for (const other of [
      'no JSON "cause"',
      line({ request_id: "a" }),
      line({ request_id: 5, cause: "x" }),
      'null"cause"',
    ])
      causes.note(other);
    expect(await causes.of("a")).toBeUndefined();
  });

  it("is kept for the latest requests alone", async () => {
    const causes = openRequestCauses(1);
    for (let id = 0; id <= 200; id += 1) causes.note(line({ request_id: String(id), cause: `Error: ${id}` }));
    expect([await causes.of("0"), await causes.of("200")]).toEqual([undefined, "200"]);
  });
});
