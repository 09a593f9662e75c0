import { describe, expect, it } from "vitest";
import { configSource, flat, resources, synthesise } from "../support/synthesised-template.ts";

function outputs(options: Parameters<typeof synthesise>[0]): Record<string, string> {
  const found = Object.entries(synthesise(options).findOutputs("*"));
  return Object.fromEntries(found.map(([id, { Value }]) => [id, flat(Value)]));
}

function publicUrls(options: Parameters<typeof synthesise>[0]): string[] {
  const functions = Object.values(resources(synthesise(options), "AWS::Lambda::Function"));
  return functions.map(({ Environment }) =>
    flat((Environment as { Variables: { PUBLIC_URL: unknown } }).Variables.PUBLIC_URL),
  );
}

const EXECUTE_API = "https://<GatewayApiRestApi>.execute-api.<AWS::Region>.<AWS::URLSuffix>";
const withPublicUrl = configSource({ public_url: "https://mcp.example.com" });

describe("outputs", () => {
  it("say what to give to clients and to Descope", () => {
    expect(outputs({ stage: "prod" })).toEqual({
      BaseUrl: `${EXECUTE_API}/prod/{server}/mcp`,
      McpServerUrl: `${EXECUTE_API}/prod`,
      MetadataUrl: `${EXECUTE_API}/prod/.well-known/oauth-protected-resource`,
      JwksUrl: `${EXECUTE_API}/prod/.well-known/jwks.json`,
      ExecuteApiUrl: `${EXECUTE_API}/prod`,
    });
  });

  it("name the configured public URL", () => {
    expect(outputs({ configSource: withPublicUrl })).toEqual({
      BaseUrl: "https://mcp.example.com/{server}/mcp",
      McpServerUrl: "https://mcp.example.com",
      MetadataUrl: "https://mcp.example.com/.well-known/oauth-protected-resource",
      JwksUrl: "https://mcp.example.com/.well-known/jwks.json",
      ExecuteApiUrl: `${EXECUTE_API}/dev`,
    });
  });
});

describe("the functions' PUBLIC_URL", () => {
  it("is the configured public URL", () => {
    expect(publicUrls({ configSource: withPublicUrl })).toEqual(Array(3).fill("https://mcp.example.com"));
  });

  it("is what the caller of the app says before anything else", () => {
    const url = "http://127.0.0.1:8787";
    expect(publicUrls({ configSource: withPublicUrl, publicUrl: url })).toEqual(Array(3).fill(url));
  });
});
