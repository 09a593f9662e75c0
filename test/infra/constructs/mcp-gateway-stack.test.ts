import { describe, expect, it } from "vitest";
import { configSource, flat, resources, synthesise } from "../../support/synthesised-template.ts";

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
  it("contain the URLs for clients and for Descope", () => {
    expect(outputs({ stage: "prod" })).toEqual({
      BaseUrl: `${EXECUTE_API}/prod/{server}/mcp`,
      McpServerUrl: `${EXECUTE_API}/prod`,
      MetadataUrl: `${EXECUTE_API}/prod/.well-known/oauth-protected-resource`,
      JwksUrl: `${EXECUTE_API}/prod/.well-known/jwks.json`,
      ExecuteApiUrl: `${EXECUTE_API}/prod`,
    });
  });

  it("contain the configured public URL", () => {
    expect(outputs({ configSource: withPublicUrl })).toEqual({
      BaseUrl: "https://mcp.example.com/{server}/mcp",
      McpServerUrl: "https://mcp.example.com",
      MetadataUrl: "https://mcp.example.com/.well-known/oauth-protected-resource",
      JwksUrl: "https://mcp.example.com/.well-known/jwks.json",
      ExecuteApiUrl: `${EXECUTE_API}/dev`,
    });
  });
});

const domain = {
  domainName: "gateway.example.com",
  certificateArn: "arn:aws:acm:eu-central-1:111122223333:certificate/c",
};

describe("outputs with a custom domain", () => {
  it("contain the domain and its target, but no URL that is switched off", () => {
    expect(outputs(domain)).toEqual({
      BaseUrl: "https://gateway.example.com/{server}/mcp",
      McpServerUrl: "https://gateway.example.com",
      MetadataUrl: "https://gateway.example.com/.well-known/oauth-protected-resource",
      JwksUrl: "https://gateway.example.com/.well-known/jwks.json",
      DomainTarget: "<GatewayDomainDomainName.RegionalDomainName>",
    });
  });

  it("keep the configured public URL, which may be a CDN in front of the domain", () => {
    expect(outputs({ ...domain, configSource: withPublicUrl })).toMatchObject({
      McpServerUrl: "https://mcp.example.com",
    });
  });
});

describe("the functions' PUBLIC_URL", () => {
  it("is the configured public URL", () => {
    expect(publicUrls({ configSource: withPublicUrl })).toEqual(Array(3).fill("https://mcp.example.com"));
  });

  it("is the custom domain if the configuration has no public_url", () => {
    expect(publicUrls(domain)).toEqual(Array(3).fill("https://gateway.example.com"));
  });

  it("is the publicUrl of the settings for an external configuration", () => {
    expect(publicUrls({ configSource: undefined, publicUrl: "https://mcp.example.com" })).toEqual(
      Array(3).fill("https://mcp.example.com"),
    );
  });

  it("is the publicUrl of the app's caller, with the highest precedence", () => {
    const url = "http://127.0.0.1:8787";
    expect(publicUrls({ configSource: withPublicUrl, publicUrl: url })).toEqual(Array(3).fill(url));
  });
});

describe("the proxy's CHALLENGE_METADATA_URL", () => {
  it("is not set if the challenge names no document", () => {
    const functions = Object.values(resources(synthesise(domain), "AWS::Lambda::Function"));
    expect(JSON.stringify(functions)).not.toContain("CHALLENGE_METADATA_URL");
  });
});
