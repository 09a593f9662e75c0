import { describe, expect, it } from "vitest";
import {
  credentialParameters,
  hasSecretShape,
  isCredentialHeader,
  isOpaque,
  withoutUrlCredentials,
} from "../../../../../functions/core/config/checks/secret-shapes.ts";

// Put together here, so that scanners of this repository do not take them for real ones.
const of = (prefix: string, length: number, characters = "a1B2c3D4") =>
  prefix + characters.repeat(length).slice(0, length);

const OPAQUE = "q7Zk3Lw9Tn2Xb8Rv5Yc1";

describe("hasSecretShape", () => {
  it.each([
    ["a private key", "-----BEGIN RSA PRIVATE KEY-----"],
    ["a JWT", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1In0"],
    ["a bearer token", `Bearer ${of("", 16)}`],
    ["a GitHub token", of("ghp_", 36)],
    ["a fine-grained GitHub token", of("github_pat_", 40)],
    ["a GitLab token", of("glpat-", 20)],
    ["a Slack token", of("xoxb-", 20)],
    ["a Slack app token", of("xapp-", 20)],
    ["an OpenAI or Anthropic key", of("sk-", 40)],
    ["a Stripe key", of("sk_live_", 24)],
    ["an AWS access key id", of("AKIA", 16, "A1B2")],
    ["a Google API key", of("AIza", 35)],
    ["an npm token", of("npm_", 36)],
    ["a DigitalOcean token", of("dop_v1_", 64, "a1b2")],
    ["a Linear key", of("lin_api_", 40)],
  ])("recognizes %s, alone and within a text", (_name, secret) => {
    expect(hasSecretShape(secret)).toBe(true);
    expect(hasSecretShape(`key=${secret} and more`)).toBe(true);
  });

  it.each([
    "https://tools.example.com/mcp",
    "P2abcdefghijklmnopqrstuvwxyz12",
    "0f5b8a3e-1d2c-4b6a-9e7f-3c2d1b0a9f8e",
    "Bearer",
    "Basic documentation of the service",
    "task-skeleton-of-the-day",
    "{{ssm:/mcp-gateway-secrets/prod/key}}",
    "arn:aws:sns:eu-central-1:111122223333:on-call",
  ])("does not match %s", (text) => expect(hasSecretShape(text)).toBe(false));
});

describe("isCredentialHeader", () => {
  it.each([
    "Authorization",
    "x-authorization",
    "X-Auth",
    "cookie",
    "X-API-Key",
    "x_api_key",
    "ApiKey",
    "DD-API-KEY",
    "Ocp-Apim-Subscription-Key",
    "x-functions-key",
    "X-Auth-Token",
    "PRIVATE-TOKEN",
    "My-Token-2",
    "token",
    "X-Client-Secret",
    "Db-Password-Old",
    "X-Access-Key",
    "X-Credential",
  ])("returns true for %s", (name) => expect(isCredentialHeader(name, "hunter2")).toBe(true));

  it.each([
    "X-Authorization-Hint",
    "X-Cookie-Policy",
    "Cookies",
    "X-Api-Version",
    "X-Key",
    "X-Csrf-Token",
    "X-Atlassian-Token",
    "X-Max-Tokens",
    "X-Token-Type",
    "X-Token-Limit",
    "X-Secret-Version",
    "X-Api-Key-Id",
    "X-Tenant",
  ])("returns false for %s", (name) => expect(isCredentialHeader(name, "hunter2")).toBe(false));

  it.each(["", " ", "true", "none", "no-check", "fetch", "4096"])("returns false for the value %j", (value) =>
    expect(isCredentialHeader("X-Auth-Token", value)).toBe(false),
  );
});

describe("credentialParameters", () => {
  it.each([
    ["api_key=abc", ["api_key"]],
    ["apiKey=abc", ["apiKey"]],
    ["access_token=abc", ["access_token"]],
    ["client_secret=abc", ["client_secret"]],
    ["password=abc", ["password"]],
    ["X-Amz-Security-Token=abc", ["X-Amz-Security-Token"]],
    [`code=${OPAQUE}`, ["code"]],
    [`key=${OPAQUE}&sig=${OPAQUE}`, ["key", "sig"]],
    [`x=${of("ghp_", 36)}`, ["x"]],
    ["region=eu;token=abc", ["token"]],
  ])("finds the credential parameters of %s", (query, names) =>
    expect(credentialParameters(`https://a.example/mcp?${query}`)).toEqual(names),
  );

  it.each(["key=main", "code=EN", "token_type=jwt", "max_tokens=4096", "token=", "project=P2abc", "x"])(
    "finds no credential parameter in %s",
    (query) => expect(credentialParameters(`https://a.example/mcp?${query}`)).toEqual([]),
  );
});

describe("withoutUrlCredentials", () => {
  it.each([
    ["https://user:pass@a.example/mcp", "https://…@a.example/mcp"],
    ["http://a.example/mcp?api_key=hunter2&x=1", "http://a.example/mcp?api_key=…&x=1"],
    ["http://a.example/mcp?key=hunter2#x", "http://a.example/mcp?key=…#x"],
    [`http://a.example/mcp?v=${OPAQUE}`, "http://a.example/mcp?v=…"],
    ["http://a.example/mcp?v=2&lang=en", "http://a.example/mcp?v=2&lang=en"],
  ])("writes %s as %s", (url, shown) => expect(withoutUrlCredentials(url)).toBe(shown));
});

describe("isOpaque", () => {
  it.each(["3f9a1c7be2d84f0f9b3c6d1e2a4b5c6d", "q7Zk3Lw9Tn2Xb8Rv5Yc1", "a1b2c3d4e5f6g7h8"])(
    "returns true for %s",
    (text) => expect(isOpaque(text)).toBe(true),
  );

  it.each([
    ["a short text", "a1b2c3d4e5"],
    ["words", "production-environment-europe"],
    ["a text with spaces", "3f9a1c7b e2d84f0f 9b3c6d1e"],
    ["a UUID", "0f5b8a3e-1d2c-4b6a-9e7f-3c2d1b0a9f8e"],
    ["a commit", "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"],
    ["a digest", "sha256:9f86d081884c7d659a2feaa0c55ad015"],
    ["a Descope id", "P2abcdefghijklmnopqrstuvwxyz12"],
    ["an AWS id", "vpc-0a1b2c3d4e5f67890"],
    ["an ARN", "arn:aws:sns:eu-central-1:111122223333:t1e2"],
    ["a date", "2026-11-30T12:34:56.789Z"],
    ["a URL", "https://a1b2c3.example/d4e5f6"],
    ["a host", "tools.eu-central-1.internal.acme.com"],
    ["a repeated text", "a1a1a1a1a1a1a1a1a1"],
  ])("returns false for %s", (_name, text) => expect(isOpaque(text)).toBe(false));
});
