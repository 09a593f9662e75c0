// Forty usual mistakes, each with the one message that is enough to fix it.
import { relative } from "node:path";
import { describe, expect, it } from "vitest";
import { runConfig } from "../../cli/config.ts";
import { BROKEN_FILES, GATEWAY, SERVER } from "../fixtures/broken-files.ts";
import { configDirectory } from "../support/config-directory.ts";
import { recordTerminal } from "../support/recorded-terminal.ts";

const MESSAGES: Readonly<Record<string, string>> = {
  "a comma too many":
    'gateway.json:5  : not valid JSON at line 5, column 3: a comma before "}". Remove the comma.',
  "a comma missing":
    'servers/tools.json:4  : not valid JSON at line 4, column 3: expected "," or "}", got a string (is a comma missing, or a quote, or is there a line break or a bad \\ inside it?).',
  "a comment":
    "servers/tools.json:3  : not valid JSON at line 3, column 3: expected a key in double quotes, got a comment, which JSON does not have. Remove it.",
  "single quotes":
    "servers/tools.json:1  : not valid JSON at line 1, column 3: expected a key in double quotes, got a single quote. Use double quotes.",
  "a brace missing":
    'servers/tools.json:3  : not valid JSON at line 3, column 1: expected "," or "}", got the end of the file.',
  "an empty file": 'servers/tools.json:  : the file is empty. Start with {"$schema": …}.',
  "a key twice":
    "servers/tools.json:4  enabled: this key occurs twice in the same object, on lines 3 and 4. Keep one of them.",
  "a list in place of an object":
    'servers/tools.json:  : expected an object, got an array. Write {"url": …}.',
  "a key misspelt": 'servers/tools.json:3  jwt_validaton: unknown key. Did you mean "jwt_validation"?',
  "a key in the wrong file":
    "servers/tools.json:3  public_url: unsupported key. Move it to gateway.json; it applies to all servers.",
  "a required key missing":
    'servers/tools.json:1  url: required, but missing. MCP endpoint of the server: https, or http on localhost. Add "url": "https://tools.example.com/mcp".',
  "a flag in quotes": 'servers/tools.json:3  enabled: expected true or false, without quotes, got "false".',
  "plain http":
    'servers/tools.json:2  url: expected https, got "http://tools.example.com/mcp". Plain http is accepted only for localhost, 127.0.0.0/8 and [::1].',
  "no scheme":
    'servers/tools.json:2  url: expected an https URL such as "https://host.example/path", got "tools.example.com/mcp".',
  "a password in the URL":
    'servers/tools.json:2  url: credentials in a URL end up in logs: remove the part before "@" in "https://…@tools.example.com/mcp".',
  "a slash at the end of public_url":
    'gateway.json:2  public_url: "https://mcp.example.com/" is compared byte for byte. Write "https://mcp.example.com".',
  "the ids swapped":
    'gateway.json:3  descope.project_id: expected a Descope project id such as "P2abc…" (Project Settings), but "MS2abc" looks like an MCP Server id.',
  "an unknown region": 'gateway.json:5  descope.region: expected "us", "euc1", "aps2" or "cac1", got "eu".',
  "a region and a base URL":
    'gateway.json:2  descope: "region" and "base_url" both name the Descope host. Remove one.',
  "the project's issuers without an audience":
    'gateway.json:2  descope: needs "audience", because 3 issuers are allowed. Add "audience": "<MCP Server URL as in the Descope console>".',
  "both descope and jwt_validation":
    'gateway.json:2  descope: "descope" is the short form of "jwt_validation". Use only one of them.',
  "no key source":
    'servers/tools.json:3  jwt_validation: no key source. Add "jwksUri" (for Descope "https://api.descope.com/<project id>/.well-known/jwks.json"), "jwks" or "introspectEndpoint".',
  "no issuer":
    'servers/tools.json:3  jwt_validation.claimValues: no rule for "iss": tokens of any issuer with these keys would be allowed. Add "iss": {"values": "<issuer URL>", "matchType": "exact"}.',
  "a rule for other claims but no issuer":
    'servers/tools.json:5  jwt_validation.claimValues: no rule for "iss": tokens of any issuer with these keys would be allowed. Add "iss": {"values": "<issuer URL>", "matchType": "exact"}.',
  "a project-wide issuer alone":
    'servers/tools.json:5  jwt_validation.claimValues: requires a rule for "aud", because "https://api.descope.com/v1/apps/P2abc" is shared by every application of the Descope project. Add "aud": {"values": ["<the gateway\'s URL>"], "matchType": "contains"}.',
  "a placeholder left in":
    'servers/tools.json:5  jwt_validation.claimValues.iss.values: "https://api.descope.com/v1/apps/agentic/{project-id}/{server-id}" still contains a placeholder. Replace it with the real id or host.',
  "alg none":
    'servers/tools.json:5  jwt_validation.algorithms[0]: "none" accepts tokens without a signature, so anyone could forge one. Use "RS256".',
  "a symmetric algorithm":
    'servers/tools.json:5  jwt_validation.algorithms[0]: "HS256" is symmetric: the key that verifies a token can also forge one. Use "RS256", or what the issuer signs with.',
  "an unknown match type":
    'servers/tools.json:5  jwt_validation.claimValues.iss.matchType: expected "exact", "contains", "containsAll" or "regex", got "equals".',
  "no values":
    "servers/tools.json:5  jwt_validation.claimValues.roles.values: expected at least one value, got an empty array. List the values, or remove the entry.",
  "a broken pattern":
    'servers/tools.json:5  jwt_validation.claimValues.email.values: "(@example" is not a valid RE2 pattern: error parsing regexp: missing closing ): `(@example`. Fix it, or use another matchType.',
  "a pattern with a look-ahead":
    'servers/tools.json:5  jwt_validation.claimValues.email.values: "^(?=a).*$" is not a valid RE2 pattern: error parsing regexp: invalid or unsupported Perl syntax: `(?=`. Lookaround and backreferences can backtrack without bound and are not supported. Rewrite it without them.',
  "a claim that clients set":
    'servers/tools.json:5  jwt_validation.requiredClaims[0]: "nsec.plan": clients choose the values in "nsec", so it must not be used for access rules or identity. Use a claim that Descope sets, such as a custom claim or one from a JWT template.',
  "a secret in the file":
    'servers/tools.json:6  jwt_validation.introspectClientSecret: expected a secret reference such as "{{ssm:/mcp-gateway-secrets/prod/introspect-secret}}", got a string (not shown). Store the secret in SSM and reference it here.',
  "a duration without a unit":
    'servers/tools.json:5  jwt_validation.maxTokenAge: expected a duration such as "30s", "5m", "12h", "1d" or a number of seconds, got "5 minutes".',
  "a server's own header for the token":
    'servers/tools.json:5  jwt_validation.headerKey: expected "Authorization" as in gateway.json, got "X-Token". API Gateway reads the token of all servers from one header: set it in gateway.json and remove it here.',
  "an unknown method of identity":
    'servers/tools.json:3  user_identity_forwarding.method: expected "claims_header", "jwt_header" or "bearer", got "header".',
  "the token passed on without consent":
    'servers/tools.json:3  user_identity_forwarding.method: "bearer" sends the caller\'s token to the server, which MCP forbids unless the token was also issued for that server. Use "claims_header" or "jwt_header", or add "allow_token_passthrough": true if it was.',
  "a cookie let through":
    'servers/tools.json:3  forward_headers[0]: Cookie carries credentials or the caller\'s address and is never forwarded. Remove it; to send a credential of the gateway, use "headers".',
  "an invalid server name":
    'servers/My Server.json:  : "My Server.json" is not a valid file name for a server: expected <name>.json with a-z, 0-9 and "-", at most 63 characters. Rename the file, or move it elsewhere.',
  "no rules for tokens at all":
    'servers/tools.json:1  jwt_validation: no token rules: neither this server nor gateway.json has any. Add "jwt_validation" here, or "descope" or "jwt_validation" to gateway.json.',
};

describe("config validate", () => {
  it.each(Object.entries(BROKEN_FILES))(
    "reports %s with its location, the error and the fix",
    async (name, files) => {
      const dir = configDirectory({ "gateway.json": GATEWAY, "servers/tools.json": SERVER, ...files });
      const { code, out } = await recordTerminal((terminal) =>
        runConfig(["validate", dir, "--json"], terminal),
      );
      expect(code).toBe(1);
      const { faults } = JSON.parse(out) as {
        faults: Record<"file" | "line" | "path" | "message", string>[];
      };
      expect(
        faults.map(
          ({ file, line, path, message }) => `${relative(dir, file)}:${line ?? ""}  ${path}: ${message}`,
        ),
      ).toEqual([MESSAGES[name]]);
    },
  );
});
