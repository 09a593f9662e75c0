import { describe, expect, it } from "vitest";
import { authorizerCacheSeconds, deploySettings, externalSettings } from "../../infra/deploy-settings.ts";
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
      introspectCacheSeconds: undefined,
      authorizerSecrets: [],
      proxySecrets: [],
    });
  });

  it("reads the smallest introspectCacheMaxAge, of disabled servers too", () => {
    const introspecting = (introspectCacheMaxAge: number) => ({
      introspectEndpoint: "https://idp.example/i",
      introspectCacheMaxAge,
      claimValues: { iss: { values: "https://idp.example" } },
    });
    const servers = {
      a: { jwt_validation: introspecting(120) },
      b: { jwt_validation: introspecting(20), enabled: false },
    };
    const source = configSource({ descope: undefined, jwt_validation: introspecting(60) }, servers);
    expect(deploySettings(source).introspectCacheSeconds).toBe(20);
    expect(deploySettings(configSource()).introspectCacheSeconds).toBeUndefined();
    expect(externalSettings({ introspectCacheMaxAge: 7 }).introspectCacheSeconds).toBe(7);
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

describe("the authorizer's cache time (introspectCacheMaxAge: 0 must mean never)", () => {
  it.each<[number | undefined, number | undefined, number]>([
    [undefined, undefined, 300],
    [undefined, 60, 60],
    [undefined, 0, 0],
    [undefined, 3600, 300],
    [60, undefined, 60],
    [60, 60, 60],
    [0, 60, 0],
    [3600, undefined, 3600],
  ])("asked for %s with introspectCacheMaxAge %s is %i", (asked, introspected, expected) => {
    expect(authorizerCacheSeconds(asked, introspected)).toBe(expected);
  });

  it("fails where it is longer than introspection responses may be kept", () => {
    expect(() => authorizerCacheSeconds(61, 60)).toThrow(
      "authorizerCacheTtl is 61 seconds, but the configuration keeps introspection responses for 60",
    );
    expect(() => authorizerCacheSeconds(1, 0)).toThrow("Set authorizerCacheTtl to at most 0");
  });
});
