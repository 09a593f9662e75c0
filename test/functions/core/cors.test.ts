import { describe, expect, it } from "vitest";
import { corsHeaders, preflightHeaders } from "../../../functions/core/cors.ts";
import { configSnapshot, JWT_VALIDATION } from "../../support/gateway-config.ts";

const ORIGIN = "https://app.example.com";

const CONFIG = configSnapshot({ gateway: { allowed_origins: [ORIGIN] } });
const OF_MCP =
  "authorization, content-type, accept, mcp-protocol-version, mcp-session-id, mcp-method, mcp-name, last-event-id, traceparent, tracestate, baggage";

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
  it("allows a page of an allowed origin to read the response, without credentials", () => {
    expect(corsHeaders(ORIGIN, ["https://other.example.com", ORIGIN])).toEqual({
      "access-control-allow-origin": "https://app.example.com",
      "access-control-expose-headers":
        "www-authenticate, x-amzn-remapped-www-authenticate, mcp-session-id, retry-after, ratelimit, ratelimit-policy",
      vary: "origin",
    });
  });

  it.each(STRANGERS)("returns only Vary: origin for %s", (_, origin) => {
    expect(corsHeaders(origin, [ORIGIN])).toEqual({ vary: "origin" });
  });
});

describe("preflightHeaders", () => {
  it("allows the methods and headers of MCP", () => {
    expect(preflightHeaders(ORIGIN, CONFIG, undefined)).toEqual({
      "access-control-allow-origin": "https://app.example.com",
      "access-control-expose-headers":
        "www-authenticate, x-amzn-remapped-www-authenticate, mcp-session-id, retry-after, ratelimit, ratelimit-policy",
      vary: "origin",
      "access-control-allow-methods": "GET, POST, DELETE, OPTIONS",
      "access-control-allow-headers": OF_MCP,
      "access-control-max-age": "600",
    });
  });

  it("allows the requested Mcp-Param headers and no others", () => {
    const asked =
      "Content-Type, Mcp-Param-My-Region,mcp-param-a1, X-Other, xmcp-param-b, mcp-param-, mcp-param-c d";
    expect(preflightHeaders(ORIGIN, CONFIG, asked)["access-control-allow-headers"]).toBe(
      `${OF_MCP}, mcp-param-my-region, mcp-param-a1`,
    );
  });

  it("allows the configured token header and the headers that any server receives from clients, each once", () => {
    const config = configSnapshot({
      gateway: {
        allowed_origins: [ORIGIN],
        jwt_validation: { ...JWT_VALIDATION, headerKey: "X-Access-Token" },
      },
      servers: {
        tools: { forward_headers: ["X-Request-Id", { from: "X-Locale", to: "Accept-Language" }] },
        mail: { forward_headers: ["x-request-id"] },
      },
    });
    expect(preflightHeaders(ORIGIN, config, undefined)["access-control-allow-headers"]).toBe(
      `${OF_MCP}, x-access-token, x-request-id, x-locale`,
    );
  });

  it.each(STRANGERS)("allows nothing for %s", (_, origin) => {
    expect(preflightHeaders(origin, CONFIG, "authorization")).toEqual({ vary: "origin" });
  });
});
