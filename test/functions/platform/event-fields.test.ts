import { expect, it } from "vitest";
import { requestIdOf, serverOf } from "../../../functions/platform/event-fields.ts";

it.each<[string, unknown]>([
  ["null", null],
  ["undefined", undefined],
  ["an empty event", {}],
  ["null members", { requestContext: null, pathParameters: null }],
  ["members of other types", { requestContext: { requestId: 5 }, pathParameters: { server: {} } }],
])("reads no request id and no server from %s", (_name, event) => {
  expect(requestIdOf(event)).toBe("");
  expect(serverOf(event)).toBe("");
});

it("names the combined endpoint by its route, never by a path parameter", () => {
  expect(serverOf({ resource: "/mcp", pathParameters: null })).toBe("/mcp");
  expect(serverOf({ resource: "/mcp", pathParameters: { server: "tools" } })).toBe("/mcp");
  expect(serverOf({ resource: "/{server}/mcp", pathParameters: { server: "/mcp" } })).toBe("");
  expect(serverOf({ resource: "/.well-known/oauth-protected-resource/mcp" })).toBe("");
});

it("reads the request id, cut to a maximum length, and the server", () => {
  const event = { requestContext: { requestId: "x".repeat(300) }, pathParameters: { server: "tools" } };
  expect(requestIdOf(event)).toBe(`${"x".repeat(256)}…`);
  expect(serverOf(event)).toBe("tools");
});
