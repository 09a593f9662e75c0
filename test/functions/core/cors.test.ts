import { describe, expect, it } from "vitest";
import { corsHeaders, preflightHeaders } from "../../../functions/core/cors.ts";

const ORIGIN = "https://app.example.com";

const STRANGERS: [string, string | undefined][] = [
  ["no origin", undefined],
  ["another origin", "https://attacker.example"],
  ["null", "null"],
  ["another scheme", "http://app.example.com"],
  ["another port", "https://app.example.com:8443"],
  ["a host that ends alike", "https://evil-app.example.com"],
  ["a host that begins alike", "https://app.example.com.attacker.example"],
  ["another case", "https://APP.example.com"],
  ["a star", "*"],
];

describe("corsHeaders", () => {
  it("let a page of an allowed origin read the answer, without credentials", () => {
    expect(corsHeaders(ORIGIN, ["https://other.example.com", ORIGIN])).toEqual({
      "access-control-allow-origin": "https://app.example.com",
      "access-control-expose-headers":
        "www-authenticate, x-amzn-remapped-www-authenticate, mcp-session-id, retry-after",
      vary: "origin",
    });
  });

  it.each(STRANGERS)("are none for %s", (_, origin) => {
    expect(corsHeaders(origin, [ORIGIN])).toEqual({});
  });
});

describe("preflightHeaders", () => {
  it("allow the methods and headers of MCP", () => {
    expect(preflightHeaders(ORIGIN, [ORIGIN], undefined)).toEqual({
      "access-control-allow-origin": "https://app.example.com",
      "access-control-expose-headers":
        "www-authenticate, x-amzn-remapped-www-authenticate, mcp-session-id, retry-after",
      vary: "origin",
      "access-control-allow-methods": "GET, POST, DELETE, OPTIONS",
      "access-control-allow-headers":
        "authorization, content-type, accept, mcp-protocol-version, mcp-session-id, mcp-method, mcp-name, last-event-id",
      "access-control-max-age": "600",
    });
  });

  it("allow the Mcp-Param headers that are asked for, and no others", () => {
    const asked =
      "Content-Type, Mcp-Param-My-Region,mcp-param-a1, X-Other, xmcp-param-b, mcp-param-, mcp-param-c d";
    expect(preflightHeaders(ORIGIN, [ORIGIN], asked)["access-control-allow-headers"]).toBe(
      "authorization, content-type, accept, mcp-protocol-version, mcp-session-id, mcp-method, mcp-name, last-event-id, mcp-param-my-region, mcp-param-a1",
    );
  });

  it.each(STRANGERS)("are none for %s", (_, origin) => {
    expect(preflightHeaders(origin, [ORIGIN], "authorization")).toEqual({});
  });
});
