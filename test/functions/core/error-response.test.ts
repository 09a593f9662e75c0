import { describe, expect, it } from "vitest";
import { type ErrorReason, errorBody, errorResponse } from "../../../functions/core/error-response.ts";

const RESPONSES: [ErrorReason, number, number][] = [
  ["principal_missing", 403, 403],
  ["unauthorized", 401, 401],
  ["unknown_server", 404, 404],
  ["not_found", 404, 404],
  ["configuration_unavailable", 503, 503],
  ["method_not_allowed", 405, 405],
  ["origin_not_allowed", 403, 403],
  ["unsupported_media_type", 415, 415],
  ["not_acceptable", 406, 406],
  ["request_too_large", 413, 413],
  ["not_json", 400, -32700],
  ["not_a_request", 400, -32600],
  ["batch_not_supported", 400, -32600],
  ["header_mismatch", 400, -32020],
  ["session_unknown", 404, 404],
  ["blocked", 403, 403],
  ["cursor_unknown", 200, -32602],
  ["unknown_name", 200, -32602],
  ["insufficient_scope", 403, 403],
  ["identity_too_large", 403, 403],
  ["identity_unavailable", 502, 502],
  ["downstream_unreachable", 502, 502],
  ["downstream_invalid_response", 502, 502],
  ["downstream_unauthorized", 502, 502],
  ["downstream_timeout", 504, 504],
  ["authorization_server_unavailable", 502, 502],
  ["internal_error", 500, 500],
];

describe("errorResponse", () => {
  it.each(RESPONSES)("returns for %s the status %i and the code %i", (reason, status, code) => {
    expect(errorResponse(reason, "Do this.")).toEqual({ status, code, reason, message: "Do this." });
  });

  it("uses of MCP's reserved error codes only HeaderMismatch", () => {
    const reserved = RESPONSES.filter(([, , code]) => code <= -32020 && code >= -32099);
    expect(reserved).toEqual([["header_mismatch", 400, -32020]]);
    expect(RESPONSES.map(([, , code]) => code)).not.toContain(-32002);
    expect(RESPONSES.map(([, , code]) => code)).not.toContain(-32042);
  });
});

describe("errorBody", () => {
  it.each([
    ["a text id", "7", '"7"'],
    ["a number id", 7, "7"],
    ["the id 0", 0, "0"],
    ["no id", null, "null"],
  ])("writes %s", (_, id, written) => {
    expect(errorBody(errorResponse("not_found", "Look."), id, "r1")).toBe(
      `{"jsonrpc":"2.0","id":${written},"error":{"code":404,"message":"Look.","data":{"reason":"not_found","request_id":"r1"}}}`,
    );
  });

  it("contains the missing scopes", () => {
    const denied = { ...errorResponse("insufficient_scope", "Sign in."), scopes: ["a", "b"] };
    expect(errorBody(denied, 1, "r1")).toBe(
      '{"jsonrpc":"2.0","id":1,"error":{"code":403,"message":"Sign in.","data":{"reason":"insufficient_scope","request_id":"r1","scopes":["a","b"]}}}',
    );
  });
});
