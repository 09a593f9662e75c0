import { describe, expect, it } from "vitest";
import { resourceAccepted } from "../../../local/sign-in/resource-indicators.ts";

describe("resourceAccepted", () => {
  it.each([
    "https://gw.example/prod",
    "https://gw.example/prod/",
    "https://gw.example/prod/whoami/mcp",
    "HTTPS://GW.example:443/prod",
  ])("accepts %s", (indicator) => expect(resourceAccepted(indicator, "https://gw.example/prod")).toBe(true));

  it.each(["http://127.0.0.1:8787", "http://127.0.0.1:8787/", "http://127.0.0.1:8787/whoami/mcp"])(
    "accepts %s for a URL without a path",
    (indicator) => expect(resourceAccepted(indicator, "http://127.0.0.1:8787")).toBe(true),
  );

  it.each([
    "https://gw.example",
    "https://gw.example/production",
    "https://gw.example/prod/../other",
    "http://gw.example/prod",
    "https://gw.example:8443/prod",
    "https://gw.example/prod#x",
    "https://gw.example/prod?x",
    "https://user@gw.example/prod",
    "whoami",
  ])("rejects %s", (indicator) => expect(resourceAccepted(indicator, "https://gw.example/prod")).toBe(false));

  it("rejects a port that begins with the accepted one", () =>
    expect(resourceAccepted("http://127.0.0.1:87870", "http://127.0.0.1:8787")).toBe(false));
});
