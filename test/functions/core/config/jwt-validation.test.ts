import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseGatewayConfig } from "../../../../functions/core/config/gateway-config.ts";
import { parseServerConfig } from "../../../../functions/core/config/server-config.ts";
import {
  AGENTIC_ISSUER,
  blockFaults,
  faultLines,
  jwtBlock,
  serverFaults,
  serverFile,
} from "../../../support/config-blocks.ts";

const RSA_KEY = { kty: "RSA", kid: "r1", n: "x".repeat(342), e: "AQAB" };
const EC_KEY = { kty: "EC", crv: "P-256", kid: "e1", x: "abc", y: "def", use: "sig" };
const OKP_KEY = { kty: "OKP", crv: "Ed25519", kid: "o1", x: "abc" };
const ISS = { iss: { values: AGENTIC_ISSUER } };
const AUD = { aud: { values: ["https://mcp.example.com"], matchType: "contains" } };

describe("jwt_validation accepts", () => {
  it.each<[string, Record<string, unknown>]>([
    ["the smallest block", {}],
    ["several jwksUri", { jwksUri: ["https://a.example/jwks", "https://b.example/jwks"] }],
    ["jwksUri with commas", { jwksUri: "https://a.example/jwks, https://b.example/jwks" }],
    [
      "http on loopback",
      {
        jwksUri: ["http://127.0.0.1:8080/j", "http://localhost/j", "http://[::1]:1/j", "http://127.9.9.9/j"],
      },
    ],
    ["inline keys", { jwksUri: undefined, jwks: { keys: [RSA_KEY, EC_KEY, OKP_KEY] } }],
    ["introspection", { jwksUri: undefined, introspectEndpoint: "https://idp.example/introspect" }],
    [
      "introspection with a client",
      {
        introspectEndpoint: "https://idp.example/i",
        introspectContentType: "application/json",
        introspectClientId: "gw",
        introspectClientSecret: "{{ssm:/gw/secret}}",
        introspectCacheMaxAge: 60,
      },
    ],
    [
      "every algorithm",
      {
        algorithms: [
          "RS256",
          "RS384",
          "RS512",
          "PS256",
          "PS384",
          "PS512",
          "ES256",
          "ES384",
          "ES512",
          "EdDSA",
          "Ed25519",
        ],
      },
    ],
    ["the largest numbers", { clockTolerance: 300, cacheMaxAge: 31_536_000, introspectCacheMaxAge: 3600 }],
    ["zero", { clockTolerance: 0, cacheMaxAge: 0, introspectCacheMaxAge: 0 }],
    ["maxTokenAge in words", { maxTokenAge: "12h" }],
    ["maxTokenAge in seconds", { maxTokenAge: 3600 }],
    ["another header", { headerKey: "X-Access-Token" }],
    [
      "claim names that are URLs or paths",
      { requiredClaims: ["https://x/y", "tenants.T2abc.roles", "nsecure"] },
    ],
    [
      "numbers and booleans as values",
      {
        claimValues: {
          ...ISS,
          level: { values: [1, 2.5, "a", true], matchType: "contains" },
          on: { values: false },
        },
      },
    ],
    [
      "a pattern beside an exact issuer",
      { claimValues: { ...ISS, email: { values: "^[^@]+@example\\.com$", matchType: "regex" } } },
    ],
    [
      "an exact issuer of any other form alone",
      { claimValues: { iss: { values: "https://idp.example/realms/main" } } },
    ],
    [
      "an issuer path that only starts like a project id",
      { claimValues: { iss: { values: "https://idp.example/Partners" } } },
    ],
    [
      "a list with two exact values",
      { claimValues: { ...ISS, tier: { values: ["a", "b"], matchType: "exact" } } },
    ],
    [
      "several issuers with an audience",
      {
        claimValues: {
          iss: { values: [AGENTIC_ISSUER, "https://b.example"], matchType: "contains" },
          ...AUD,
        },
      },
    ],
    [
      "a pattern of issuers with an audience",
      { claimValues: { iss: { values: "^https://a\\.example/", matchType: "regex" }, ...AUD } },
    ],
    [
      "a project-wide issuer with an audience",
      { claimValues: { iss: { values: "https://api.descope.com/v1/apps/P2abc" }, ...AUD } },
    ],
    ["braces in a value that is not a URL", { claimValues: { ...ISS, note: { values: "{a}" } } }],
  ])("%s", (_name, changes) => {
    expect(blockFaults(changes)).toEqual([]);
  });

  it("fills in the documented defaults", () => {
    const parsed = parseServerConfig(JSON.stringify(serverFile({ jwt_validation: jwtBlock() })));
    expect(parsed.ok && parsed.config.jwt_validation).toEqual({
      jwksUri: "https://api.descope.com/P2abc/.well-known/jwks.json",
      introspectContentType: "application/x-www-form-urlencoded",
      introspectCacheMaxAge: 0,
      algorithms: ["RS256"],
      clockTolerance: 5,
      cacheMaxAge: 86_400,
      requiredClaims: [],
      headerPayloadMatch: [],
      claimValues: { iss: { values: AGENTIC_ISSUER, matchType: "exact" } },
    });
  });
});

describe("jwt_validation rejects", () => {
  it.each<[string, Record<string, unknown>, string, string]>([
    ["no key source", { jwksUri: undefined }, "", 'no key source. Add "jwksUri"'],
    [
      "headerPayloadMatch where an endpoint introspects",
      { introspectEndpoint: "https://idp.example/i", headerPayloadMatch: ["iss"] },
      "headerPayloadMatch",
      'requires the token\'s header, which is not available with "introspectEndpoint".',
    ],
    [
      "a claim of the client's in headerPayloadMatch",
      { headerPayloadMatch: ["nsec"] },
      "headerPayloadMatch[0]",
      "nsec",
    ],
    ["http elsewhere", { jwksUri: "http://idp.example/jwks" }, "jwksUri", "expected https"],
    [
      "http on a name that only looks like loopback",
      { jwksUri: "http://127.0.0.1.evil.example/j" },
      "jwksUri",
      "expected https",
    ],
    ["another scheme", { jwksUri: "ftp://idp.example/jwks" }, "jwksUri", "expected an https URL"],
    ["no URL", { jwksUri: "jwks" }, "jwksUri", 'got "jwks"'],
    [
      "one bad URL among several",
      { jwksUri: "https://a.example/j,http://b.example/j" },
      "jwksUri",
      "expected https",
    ],
    [
      "an empty piece between commas",
      { jwksUri: "https://a.example/j," },
      "jwksUri",
      "expected an https URL",
    ],
    ["an empty list", { jwksUri: [] }, "jwksUri", "expected at least one of https URLs"],
    [
      "a bad URL in a list",
      { jwksUri: ["https://a.example/j", 5] },
      "jwksUri[1]",
      "expected an https URL, got the number 5",
    ],
    [
      "jwksUri of another type",
      { jwksUri: true },
      "jwksUri",
      "expected an https URL or a list of them, got the boolean true",
    ],
    [
      "a placeholder in a URL",
      { jwksUri: "https://api.descope.com/{project-id}/jwks" },
      "jwksUri",
      "still contains a placeholder",
    ],
    [
      "credentials in a URL",
      { jwksUri: "https://user:hunter2@a.example/j" },
      "jwksUri",
      'remove the part before "@"',
    ],
    ["a fragment", { jwksUri: "https://a.example/j#x" }, "jwksUri", "a fragment is never sent"],
    ["white space in a URL", { jwksUri: "https://a.example/\tj" }, "jwksUri", "expected an https URL"],
    ["a backslash in a URL", { jwksUri: "https:\\\\a.example\\j" }, "jwksUri", "expected an https URL"],
    [
      "a URL that does not parse",
      { jwksUri: "https://a.example:99999/" },
      "jwksUri",
      "expected an https URL",
    ],
    [
      "http introspection",
      { introspectEndpoint: "http://idp.example/i" },
      "introspectEndpoint",
      "expected https",
    ],
    [
      "another content type",
      { introspectContentType: "text/plain" },
      "introspectContentType",
      'expected "application/x-www-form-urlencoded" or "application/json", got "text/plain".',
    ],
    [
      "a secret without an id",
      { introspectClientSecret: "{{ssm:/s}}" },
      "introspectClientSecret",
      'requires "introspectClientId"',
    ],
    [
      "an id without a secret",
      { introspectClientId: "gw" },
      "introspectClientId",
      'requires "introspectClientSecret"',
    ],
    [
      "a secret with something before the reference",
      { introspectClientId: "gw", introspectClientSecret: "x{{ssm:/s}}" },
      "introspectClientSecret",
      "got a string (not shown)",
    ],
    [
      "an empty id",
      { introspectClientId: "", introspectClientSecret: "{{ssm:/s}}" },
      "introspectClientId",
      "got an empty string.",
    ],
    [
      "a secret that is a number",
      { introspectClientId: "gw", introspectClientSecret: 5 },
      "introspectClientSecret",
      "got a number (not shown)",
    ],
    [
      "an id with control characters",
      { introspectClientId: "a\nb", introspectClientSecret: "{{ssm:/s}}" },
      "introspectClientId",
      "without control characters",
    ],
    [
      "a cache age below zero",
      { introspectCacheMaxAge: -1 },
      "introspectCacheMaxAge",
      "from 0 to 3600, got the number -1",
    ],
    ["a cache age above an hour", { introspectCacheMaxAge: 3601 }, "introspectCacheMaxAge", "from 0 to 3600"],
    ["algorithm none", { algorithms: ["none"] }, "algorithms[0]", "without a signature"],
    ["algorithm None", { algorithms: ["None"] }, "algorithms[0]", "without a signature"],
    ["HS256", { algorithms: ["RS256", "HS256"] }, "algorithms[1]", '"HS256" is symmetric'],
    ["hs512", { algorithms: ["hs512"] }, "algorithms[0]", "is symmetric"],
    ["HS1", { algorithms: ["HS1"] }, "algorithms[0]", '"HS1" is symmetric'],
    [
      "a misspelt algorithm",
      { algorithms: ["rs256"] },
      "algorithms[0]",
      'got "rs256". Did you mean "RS256"?',
    ],
    ["an unknown algorithm", { algorithms: ["SHA-1-WITH-DSA"] }, "algorithms[0]", 'got "SHA-1-WITH-DSA".'],
    ["an algorithm that is not a string", { algorithms: [256] }, "algorithms[0]", "got the number 256."],
    ["no algorithm", { algorithms: [] }, "algorithms", "expected at least one of signature algorithms"],
    ["algorithms as a string", { algorithms: "RS256" }, "algorithms", 'Write ["RS256"].'],
    [
      "tolerance above 300 s",
      { clockTolerance: 301 },
      "clockTolerance",
      "expected a whole number of seconds from 0 to 300, got the number 301.",
    ],
    ["tolerance in parts of a second", { clockTolerance: 1.5 }, "clockTolerance", "whole number"],
    ["tolerance as a string", { clockTolerance: "5" }, "clockTolerance", 'got "5"'],
    ["tolerance below zero", { clockTolerance: -1 }, "clockTolerance", "whole number"],
    [
      "keys kept for more than a year",
      { cacheMaxAge: 31_536_001 },
      "cacheMaxAge",
      "expected a whole number of seconds from 0 to 31536000, got the number 31536001.",
    ],
    ["cacheMaxAge below zero", { cacheMaxAge: -5 }, "cacheMaxAge", "whole number"],
    ["a duration in words", { maxTokenAge: "5 minutes" }, "maxTokenAge", 'expected a duration such as "30s"'],
    ["a duration of zero", { maxTokenAge: 0 }, "maxTokenAge", "got the number 0"],
    ["a duration below zero", { maxTokenAge: -1 }, "maxTokenAge", "expected a duration"],
    ["a duration of another type", { maxTokenAge: null }, "maxTokenAge", "got null"],
    [
      "a bad header name",
      { headerKey: "X Token" },
      "headerKey",
      'expected a header name (letters, digits, "-"), got "X Token".',
    ],
    ["the header of cookies", { headerKey: "cookie" }, "headerKey", "contains cookies, not a token"],
    ["a hop-by-hop header", { headerKey: "Proxy-Authorization" }, "headerKey", "hop-by-hop"],
    ["a header of the protocol", { headerKey: "Mcp-Session-Id" }, "headerKey", "set by the gateway"],
    [
      "requiredClaims as a string",
      { requiredClaims: "sub" },
      "requiredClaims",
      'expected a list of claim names in square brackets, got "sub". Write ["sub"].',
    ],
    ["requiredClaims as an empty string", { requiredClaims: "" }, "requiredClaims", "got an empty string."],
    ["an empty claim name", { requiredClaims: [""] }, "requiredClaims[0]", "expected the name of a claim"],
    [
      "a required claim that is not a string",
      { requiredClaims: [5] },
      "requiredClaims[0]",
      "got the number 5",
    ],
    [
      "nsec as required claim",
      { requiredClaims: ["nsec"] },
      "requiredClaims[0]",
      "clients choose the values in",
    ],
    [
      "a claim below nsec",
      { requiredClaims: ["nsec.tier"] },
      "requiredClaims[0]",
      "clients choose the values in",
    ],
    [
      "nsec in claimValues",
      { claimValues: { ...ISS, "nsec.tier": { values: "a" } } },
      'claimValues["nsec.tier"]',
      "clients choose the values in",
    ],
    [
      "an unknown key",
      { jwks_uri: "https://a.example/j" },
      "jwks_uri",
      'unknown key. Did you mean "jwksUri"?',
    ],
  ])("%s", (_name, changes, path, message) => {
    const faults = blockFaults(changes);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(new RegExp(`^${path.replaceAll(/[[\]."$]/g, "\\$&")}: `));
    expect(faults[0]).toContain(message);
  });

  it.each(["nonesuch", "xnone", "HS256-or-other", "other-HS256", "HS"])(
    "algorithm %s, without reading it as another",
    (name) => {
      expect(blockFaults({ algorithms: [name] })).toEqual([
        `algorithms[0]: expected one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519, got "${name}".`,
      ]);
    },
  );

  it.each([
    [null, "null"],
    [5, "the number 5"],
    ["x", '"x"'],
    [[], "an empty array"],
  ])("%j instead of a block, with this error only", (block, words) => {
    expect(serverFaults({ jwt_validation: block })).toEqual([
      `jwt_validation: expected an object, got ${words}. Write {"jwksUri": …, "jwks": …}.`,
    ]);
  });

  it("a missing key source, with a complete example", () => {
    expect(blockFaults({ jwksUri: undefined })).toEqual([
      ': no key source. Add "jwksUri" (for Descope "https://api.descope.com/<project id>/.well-known/jwks.json"), "jwks" or "introspectEndpoint".',
    ]);
  });

  it("a secret in plain text, without repeating it", () => {
    const faults = blockFaults({ introspectClientId: "gw", introspectClientSecret: "hunter2" });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain('introspectClientSecret: expected a secret reference such as "{{ssm:/');
    expect(faults[0]).not.toContain("hunter2");
  });

  it("credentials in a URL, without repeating them", () => {
    expect(blockFaults({ jwksUri: "https://user:hunter2@a.example/j" })[0]).not.toContain("hunter2");
  });
});

describe("the blocks of the Descope guide", () => {
  const guide = readFileSync(new URL("../../../fixtures/descope-guide-blocks.json", import.meta.url), "utf8");
  const blocks: Record<string, unknown>[] = JSON.parse(guide);

  it.each(blocks.map((block, index) => [index + 1, block] as const))(
    "block %i is accepted in gateway.json and in a server file",
    (_number, block) => {
      expect(faultLines(parseGatewayConfig(JSON.stringify(block)))).toEqual([]);
      expect(faultLines(parseServerConfig(JSON.stringify(serverFile(block))))).toEqual([]);
    },
  );

  it("are three blocks", () => {
    expect(blocks).toHaveLength(3);
  });

  it("are rejected while they contain placeholders", () => {
    const block = {
      jwksUri: "https://api.descope.com/{project-id}/.well-known/jwks.json",
      claimValues: {
        iss: { values: "<Descope MCP Server Issuer URL>", matchType: "exact" },
        aud: { values: ["https://{your-portkey-gateway-host}/mcp"], matchType: "contains" },
      },
    };
    expect(blockFaults(block)).toEqual([
      'jwksUri: "https://api.descope.com/{project-id}/.well-known/jwks.json" still contains a placeholder. Replace it with the real id or host.',
      'claimValues.iss.values: "<Descope MCP Server Issuer URL>" still contains a placeholder. Replace it with the real id or host.',
      'claimValues.aud.values[0]: "https://{your-portkey-gateway-host}/mcp" still contains a placeholder. Replace it with the real id or host.',
    ]);
  });
});
