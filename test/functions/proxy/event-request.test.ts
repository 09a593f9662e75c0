import { describe, expect, it } from "vitest";
import { requestOf } from "../../../functions/proxy/event-request.ts";
import { proxyEvent } from "../../support/gateway-events.ts";

describe("requestOf", () => {
  it("returns the method, the server, the headers by lower-case name, and the body", () => {
    const headers = { Accept: ["application/json", "text/event-stream"], "X-A": "1", "x-a": "2" };
    expect(requestOf(proxyEvent({ method: "DELETE", server: "mail", headers, body: "x" }))).toEqual({
      method: "DELETE",
      server: "mail",
      headers: new Map([
        ["accept", ["application/json", "text/event-stream"]],
        ["x-a", ["1", "2"]],
      ]),
      body: "x",
    });
  });

  it("accepts an event without headers or path parameters", () => {
    const event = { ...proxyEvent({ method: "GET" }), multiValueHeaders: null, pathParameters: null };
    expect(requestOf(event as never)).toEqual({
      method: "GET",
      server: "",
      headers: new Map(),
      body: undefined,
    });
  });

  it("continues API Gateway's trace if the client sends no trace context", () => {
    const headers = { "X-Amzn-Trace-Id": "Root=1-67891233-abcdef012345678912345678" };
    expect(requestOf(proxyEvent({ headers })).headers.get("traceparent")).toEqual([
      "00-67891233abcdef012345678912345678-2345678912345678-00",
    ]);
    const traced = { ...headers, traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" };
    expect(requestOf(proxyEvent({ headers: traced })).headers.get("traceparent")).toEqual([
      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ]);
  });

  it.each([
    ["text", "é李😀", "é李😀"],
    ["half a surrogate pair", '{"a":"\ud800"}', undefined],
  ])("accepts %s without encoding", (_, body, read) => {
    expect(requestOf(proxyEvent({ body, isBase64Encoded: false })).body).toBe(read);
  });

  it.each([
    ["text", Buffer.from("é李😀"), "é李😀"],
    ["nothing", Buffer.alloc(0), ""],
    ["a byte order mark, which stays", Buffer.from("\ufeff{}"), "\ufeff{}"],
    ["a lone byte", Buffer.from([0xff]), undefined],
    ["an overlong form of /", Buffer.from([0xc0, 0xaf]), undefined],
    ["half a surrogate pair", Buffer.from([0xed, 0xa0, 0x80]), undefined],
  ])("decodes %s", (_, bytes, body) => {
    expect(requestOf(proxyEvent({ body: bytes.toString("base64"), isBase64Encoded: true })).body).toBe(body);
  });
});
