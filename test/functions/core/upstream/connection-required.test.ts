import { describe, expect, it } from "vitest";
import { connectionRequiredBody } from "../../../../functions/core/upstream/connection-required.ts";

const DENIED = { message: "Not connected.", connectUrl: "https://auth.example.com/connect" };
const CAPABLE = { "io.modelcontextprotocol/clientCapabilities": { elicitation: { url: {} } } };
const call = (params: Record<string, unknown> = {}, id: string | number | null | undefined = 1) => ({
  id,
  method: "tools/call",
  params,
});
const body = (
  messages: Parameters<typeof connectionRequiredBody>[1]["messages"],
  protocolVersion?: string,
) => {
  const text = connectionRequiredBody(DENIED, { messages, protocolVersion });
  return text === undefined ? undefined : JSON.parse(text).result;
};

describe("connectionRequiredBody", () => {
  it.each([
    ["no message", []],
    ["a notification", [{ ...call(), id: undefined }]],
    ["a message whose id is null", [call({}, null)]],
    ["a batch", [call(), call()]],
    ["a response of the client", [{ id: 1, method: undefined, params: {} }]],
    ["a method that cannot request it", [{ ...call(), method: "tools/list" }]],
  ])("returns undefined for %s", (_, messages) => {
    expect(body(messages)).toBeUndefined();
  });

  it("requests URL elicitation only from clients of 2026-07-28 and later, because others do not support the result", () => {
    const messages = [call({ _meta: CAPABLE })];
    expect(body(messages, "2026-07-28")).toMatchObject({ resultType: "input_required" });
    expect(body(messages, "2027-06-30")).toMatchObject({ resultType: "input_required" });
    expect(body(messages, "2025-11-25")).toEqual({
      content: [{ type: "text", text: "Not connected." }],
      isError: true,
    });
  });

  it("sends no URL if no page is configured", () => {
    const request = { messages: [call({ _meta: CAPABLE })], protocolVersion: "2026-07-28" };
    const text = connectionRequiredBody({ ...DENIED, connectUrl: undefined }, request) ?? "";
    expect(JSON.parse(text).result).toMatchObject({ resultType: "complete", isError: true });
  });

  it("requests URL elicitation only for methods that allow it", () => {
    const methodsThatAsk = [
      "tools/call",
      "prompts/get",
      "resources/read",
      "tools/list",
      "completion/complete",
    ].filter(
      (method) =>
        body([{ ...call({ _meta: CAPABLE }), method }], "2026-07-28")?.resultType === "input_required",
    );
    expect(methodsThatAsk).toEqual(["tools/call", "prompts/get", "resources/read"]);
  });
});
