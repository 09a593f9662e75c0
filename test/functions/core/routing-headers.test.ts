import { describe, expect, it } from "vitest";
import type { McpMessage } from "../../../functions/core/mcp-message.ts";
import { mismatchedHeader, protocolVersionOf } from "../../../functions/core/routing-headers.ts";

const VERSION_KEY = "io.modelcontextprotocol/protocolVersion";

function message(method: string | undefined, params: Record<string, unknown> = {}): McpMessage {
  return { id: 1, method, params };
}

const CALL = message("tools/call", { name: "add", _meta: { [VERSION_KEY]: "2026-07-28" } });

function mismatch(headers: Record<string, string | string[]>, ...messages: McpMessage[]) {
  const lists = Object.entries(headers).map(([name, value]) => [name, [value].flat()] as const);
  return mismatchedHeader(new Map(lists), messages.length === 0 ? [CALL] : messages);
}

describe("mismatchedHeader", () => {
  it("finds no mismatch if all headers agree with the body, ignoring surrounding spaces", () => {
    const headers = { "mcp-method": "tools/call", "mcp-name": " add ", "mcp-protocol-version": "2026-07-28" };
    expect(mismatch(headers)).toBeUndefined();
  });

  it("finds no mismatch if the headers are absent, as in earlier revisions", () => {
    expect(mismatch({ accept: "application/json" })).toBeUndefined();
  });

  it("uses the version of the header if the body has none", () => {
    expect(mismatch({ "mcp-protocol-version": "2025-06-18" }, message("tools/list"))).toBeUndefined();
  });

  it.each<[string, Record<string, string | string[]>]>([
    ["mcp-method", { "mcp-method": "tools/list" }],
    ["mcp-method", { "mcp-method": "TOOLS/CALL" }],
    ["mcp-method", { "mcp-method": "" }],
    ["mcp-method", { "mcp-method": ["tools/call", "tools/call"] }],
    ["mcp-method", { "mcp-method": "tools/call, tools/call" }],
    ["mcp-name", { "mcp-method": "tools/call", "mcp-name": "other" }],
    ["mcp-name", { "mcp-name": "Add" }],
    ["mcp-protocol-version", { "mcp-protocol-version": "2025-11-25" }],
    ["mcp-protocol-version", { "mcp-protocol-version": ["2026-07-28", "2025-11-25"] }],
  ])("finds a mismatch: %s in %j", (name, headers) => {
    expect(mismatch(headers)).toBe(name);
  });

  it.each([
    ["resources/read", { uri: "file:///a", name: "b" }, "file:///a"],
    ["prompts/get", { name: "greet" }, "greet"],
    ["resources/subscribe", { uri: "file:///a", name: "b" }, "file:///a"],
    ["completion/complete", { ref: { type: "ref/prompt", name: "greet" }, name: "b" }, "greet"],
    ["vendor/run", { name: "add" }, "add"],
    ["tasks/get", { taskId: "t1", name: "b" }, "t1"],
  ])("compares the name of %s with the Mcp-Name header", (method, params, name) => {
    expect(mismatch({ "mcp-name": name }, message(method, params))).toBeUndefined();
    expect(mismatch({ "mcp-name": "b2" }, message(method, params))).toBe("mcp-name");
  });

  it("denies a version header that is repeated or invalid if the body has no version", () => {
    const twice = { "mcp-protocol-version": ["2025-06-18", "2025-06-18"] };
    expect(mismatch(twice, message("tools/list"))).toBe("mcp-protocol-version");
    const unreadable = { "mcp-protocol-version": "=?base64?/w==?=" };
    expect(mismatch(unreadable, message("tools/list"))).toBe("mcp-protocol-version");
  });

  it("denies an Mcp-Name header if the body has no name", () => {
    expect(mismatch({ "mcp-name": "add" }, message("tools/list"))).toBe("mcp-name");
  });

  it("denies an Mcp-Method header if the body has no method", () => {
    expect(mismatch({ "mcp-method": "ping" }, message(undefined))).toBe("mcp-method");
  });

  it("denies any Mcp-Method header for a batch", () => {
    expect(mismatch({ "mcp-method": "tools/call" }, CALL, CALL)).toBe("mcp-method");
    expect(mismatch({ "mcp-protocol-version": "2025-03-26" }, CALL, CALL)).toBeUndefined();
  });

  it("compares the decoded form of an encoded header value", () => {
    const encoded = (text: string) => `=?base64?${Buffer.from(text).toString("base64")}?=`;
    const call = message("tools/call", { name: "加法" });
    expect(mismatch({ "mcp-name": encoded("加法") }, call)).toBeUndefined();
    expect(mismatch({ "mcp-name": ` ${encoded("加法")} ` }, call)).toBeUndefined();
    expect(mismatch({ "mcp-name": encoded("減法") }, call)).toBe("mcp-name");
    expect(mismatch({ "mcp-name": "=?base64?/w==?=" }, message("tools/call", { name: "\ufffd" }))).toBe(
      "mcp-name",
    );
  });

  it.each([
    ["c>>", "=?base64?Yz4+?="],
    ["c??", "=?base64?Yz8/?="],
    ["c", "=?base64?Yw==?="],
  ])("decodes %s from %s", (name, value) => {
    expect(mismatch({ "mcp-name": value }, message("tools/call", { name }))).toBeUndefined();
  });

  it.each(["=?base64?a b?=", "x=?base64?Yw==?=", "=?base64?Yw==?=x", "=?base64?Yw===?="])(
    "uses %s, which only resembles an encoded value, unchanged",
    (name) => {
      expect(mismatch({ "mcp-name": name }, message("tools/call", { name }))).toBeUndefined();
      expect(mismatch({ "mcp-name": name }, message("tools/call", { name: "c" }))).toBe("mcp-name");
    },
  );

  it.each(["=?base64?Yx==?=", "=?base64?Yw?=", "=?base64?Yw=?="])(
    "denies %s, another encoding of the same bytes",
    (value) => expect(mismatch({ "mcp-name": value }, message("tools/call", { name: "c" }))).toBe("mcp-name"),
  );

  it.each(["\u00a0add", "add\u0085", "caf\u00e9"])(
    "denies %j, which servers read as Latin-1 or as UTF-8",
    (value) => {
      for (const name of ["add", value])
        expect(mismatch({ "mcp-name": value }, message("tools/call", { name }))).toBe("mcp-name");
    },
  );

  it("keeps a byte order mark in an encoded value", () => {
    const encoded = `=?base64?${Buffer.from("\ufeffadd").toString("base64")}?=`;
    expect(mismatch({ "mcp-name": encoded }, message("tools/call", { name: "add" }))).toBe("mcp-name");
  });

  it("denies an Mcp-Name header for a message that names several targets", () => {
    const notifications = { resourceSubscriptions: ["docs://a", "docs://b"] };
    const listen = message("subscriptions/listen", { notifications, name: "docs://a" });
    expect(mismatch({ "mcp-name": "docs://a" }, listen)).toBe("mcp-name");
  });

  it.each([null, "text", { [VERSION_KEY]: 5 }, {}])("does not treat _meta %j as a version", (_meta) => {
    expect(mismatch({ "mcp-protocol-version": "2025-06-18" }, message("x", { _meta }))).toBeUndefined();
  });
});

describe("protocolVersionOf", () => {
  it.each([
    ["the header", new Map([["mcp-protocol-version", ["2025-06-18"]]]), [message("x")], "2025-06-18"],
    ["the body", new Map(), [CALL], "2026-07-28"],
    ["neither", new Map(), [message("x")], undefined],
    ["neither where there is no body", new Map(), [], undefined],
  ])("returns %s", (_, headers, messages, version) => {
    expect(protocolVersionOf(headers, messages)).toBe(version);
  });
});
