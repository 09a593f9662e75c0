import { describe, expect, it } from "vitest";
import { FILTERED_MESSAGE_MAX_BYTES } from "../../../functions/core/limits.ts";
import { createTaskFilter } from "../../../functions/core/task-filter.ts";

const seal = (text: string) => text.replaceAll('"t1"', '"sealed"');
const MARK = "\uFEFF";
const LARGE = "x".repeat(FILTERED_MESSAGE_MAX_BYTES + 1);

function through(format: "json" | "event-stream", ...chunks: string[]): string {
  const filter = createTaskFilter(format, seal);
  const parts = chunks.flatMap((chunk) => filter.push(Buffer.from(chunk)));
  return Buffer.concat([...parts, ...filter.rest()]).toString("utf8");
}

describe("task ids in a JSON body", () => {
  it("are sealed once the body is complete", () => {
    expect(through("json", '{"taskId":', '"t1"}')).toBe('{"taskId":"sealed"}');
  });

  it("leave a body without task ids unchanged", () => {
    expect(through("json", '{"taskId":"t2"}')).toBe('{"taskId":"t2"}');
  });

  it("are not sealed in a body that is too large to buffer, which passes unchanged", () => {
    expect(through("json", LARGE, '{"taskId":"t1"}') === `${LARGE}{"taskId":"t1"}`).toBe(true);
  });
});

describe("task ids in an event stream", () => {
  it("are sealed in each event, also in a last event without an end, which is then completed", () => {
    expect(through("event-stream", 'data: "t1"\n\ndata: "t2"\n', '\ndata: "t1"')).toBe(
      'data: "sealed"\n\ndata: "t2"\n\ndata: "sealed"\n\n',
    );
  });

  it("are sealed after a byte order mark, which is kept", () => {
    expect(through("event-stream", `${MARK}data: "t1"\n\n`)).toBe(`${MARK}data: "sealed"\n\n`);
  });

  it("are not sealed in an event that is too large to buffer, and are sealed in the next one", () => {
    const large = `data: ${LARGE}`;
    const passed = through("event-stream", large, '"t1"\n\n', 'data: "t1"\n\n');
    expect(passed === `${large}"t1"\n\ndata: "sealed"\n\n`).toBe(true);
  });

  it("are not sealed in an event that is too large to buffer and never ends", () => {
    const large = `data: ${LARGE}`;
    expect(through("event-stream", large, '"t1"') === `${large}"t1"`).toBe(true);
  });
});
