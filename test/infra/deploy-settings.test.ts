import { describe, expect, it } from "vitest";
import { deploySettings } from "../../infra/deploy-settings.ts";
import { configSource } from "../support/synthesised-template.ts";

describe("deploySettings", () => {
  it("reads what API Gateway fixes at deployment", () => {
    const source = configSource({
      public_url: "https://mcp.example.com",
      allowed_origins: ["https://app.example.com"],
      scopes_supported: ["notes:read"],
    });
    expect(deploySettings(source)).toEqual({
      publicUrl: "https://mcp.example.com",
      allowedOrigins: ["https://app.example.com"],
      scopesSupported: ["notes:read"],
      challengeResourceMetadata: true,
      headerKey: "Authorization",
      authorizerSecrets: [],
      proxySecrets: [],
    });
  });

  it("names each secret once, sorted", () => {
    const key = (name: string) => ({ headers: { "X-Api-Key": `{{ssm:${name}}}` } });
    const source = configSource({}, { b: key("/z"), a: key("/a"), c: key("/z") });
    expect(deploySettings(source).proxySecrets).toEqual(["/a", "/z"]);
  });

  it("refuses a configuration with faults and lists every one with its file", () => {
    const source = configSource({ public_url: "not a url" }, { notes: { url: "ftp://notes.example" } });
    expect(() => deploySettings(source)).toThrow(
      /nothing was synthesised:\n {2}config\/gateway\.json(:\d+)?: public_url: .+\n {2}config\/servers\/notes\.json(:\d+)?: url: .+/,
    );
  });
});
