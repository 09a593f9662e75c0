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
      challenge: {
        named: undefined,
        hasRoot: true,
        servers: [{ name: "notes", scopes: ["notes:read"] }],
      },
      headerKey: "Authorization",
      authorizerSecrets: [],
      proxySecrets: [],
    });
  });

  it("knows of no document where the only server has no issuer to name", () => {
    const jwt_validation = {
      jwksUri: "https://auth.example.com/keys",
      claimValues: {
        iss: { values: "https://.*", matchType: "regex" },
        aud: { values: "https://mcp.example.com", matchType: "contains" },
      },
    };
    const { challenge } = deploySettings(configSource({ descope: undefined, jwt_validation }));
    expect(challenge).toEqual({ named: undefined, hasRoot: false, servers: undefined });
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
