import { describe, expect, it } from "vitest";
import { beginsWithEndpointEvent, hasSsePath } from "../../../functions/core/legacy-sse.ts";

describe("hasSsePath", () => {
  it.each(["/sse", "/sse/", "/a/b/SSE", "/sse?x=1"])("returns true for %s", (path) => {
    expect(hasSsePath(`https://tools.example.com${path}`)).toBe(true);
  });

  it.each(["/mcp", "/sse/mcp", "/classes", "/", "/mcp?next=/sse"])("returns false for %s", (path) => {
    expect(hasSsePath(`https://sse.example.com${path}`)).toBe(false);
  });
});

describe("beginsWithEndpointEvent", () => {
  it.each([
    "event: endpoint\ndata: /messages?sessionId=1\n\n",
    "event:endpoint\r\ndata: /messages\r\n\r\n",
    ": hello\n\nevent: endpoint\n",
    "\uFEFFid: 1\nretry: 5\nevent: endpoint\n",
    `${": ping\r\n\r\n".repeat(1_000)}event: endpoint\r\n`,
  ])("returns true for %j", (start) => {
    expect(beginsWithEndpointEvent(Buffer.from(start))).toBe(true);
  });

  it.each([
    "",
    "event: endpoint",
    "event: endpoints\n",
    "event: message\ndata: event: endpoint\n\n",
    "data: 1\n\nevent: endpoint\n",
    ": ping\r\n\r\n".repeat(1_000),
  ])("returns false for %j", (start) => {
    expect(beginsWithEndpointEvent(Buffer.from(start))).toBe(false);
  });
});
