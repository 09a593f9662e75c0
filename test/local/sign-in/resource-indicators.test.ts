import { describe, expect, it } from "vitest";
import { resourceAccepted } from "../../../local/sign-in/resource-indicators.ts";

const ACCEPTED = ["https://gw.example/prod", "http://127.0.0.1:8787"];

describe("resourceAccepted", () => {
  it.each([
    "https://gw.example/prod",
    "https://gw.example/prod/",
    "https://gw.example/prod/whoami/mcp",
    "HTTPS://GW.example:443/prod",
    "http://127.0.0.1:8787",
    "http://127.0.0.1:8787/",
    "http://127.0.0.1:8787/whoami/mcp",
  ])("accepts %s", (indicator) => expect(resourceAccepted(indicator, ACCEPTED)).toBe(true));

  it.each([
    "https://gw.example",
    "https://gw.example/production",
    "https://gw.example/prod/../other",
    "http://gw.example/prod",
    "https://gw.example:8443/prod",
    "https://gw.example/prod#x",
    "https://gw.example/prod?x",
    "https://user@gw.example/prod",
    "http://127.0.0.1:87870",
    "whoami",
  ])("rejects %s", (indicator) => expect(resourceAccepted(indicator, ACCEPTED)).toBe(false));
});
