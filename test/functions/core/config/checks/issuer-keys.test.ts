import { describe, expect, it } from "vitest";
import { keyUrlFaults, keyUrlWarnings } from "../../../../../functions/core/config/checks/issuer-keys.ts";
import { parseServerConfig } from "../../../../../functions/core/config/server-config.ts";
import { jwtBlock, serverFile } from "../../../../support/config-blocks.ts";

const HOST = "https://api.descope.com";
const KEYS = "/.well-known/jwks.json";
const AUD = { values: "https://mcp.example.com", matchType: "contains" };

function blockOf(jwksUri: unknown, iss: unknown, matchType?: string, others: Record<string, unknown> = {}) {
  const claimValues = { iss: { values: iss, ...(matchType && { matchType }) }, aud: AUD };
  const block = jwtBlock({ jwksUri, claimValues, ...others });
  const parsed = parseServerConfig(JSON.stringify(serverFile({ jwt_validation: block })));
  if (!parsed.ok || parsed.config.jwt_validation === undefined) throw new Error("the block is faulty");
  return parsed.config.jwt_validation;
}
const faults = (...block: Parameters<typeof blockOf>) =>
  keyUrlFaults(blockOf(...block)).map(({ message }) => message);
const warnings = (...block: Parameters<typeof blockOf>) =>
  keyUrlWarnings(blockOf(...block)).map(({ path, message }) => `${path}: ${message}`);

describe("keyUrlFaults", () => {
  it.each([
    ["its own keys", `${HOST}/P2abc${KEYS}`],
    ["the keys' second URL", `${HOST}/v2/keys/P2abc`],
    ["keys of a custom domain", `https://auth.example.com/P2abc${KEYS}`],
    ["one of several that fits", [`${HOST}/P2def${KEYS}`, `${HOST}/P2abc${KEYS}`]],
    ["keys that name no project", "https://keys.example.com/jwks"],
    ["keys at Descope that name no project", `${HOST}/keys`],
    ["keys of another issuer with such a path", "https://keys.example.com/Pool22/keys"],
  ])("accepts %s", (_name, jwksUri) =>
    expect(faults(jwksUri, `${HOST}/v1/apps/agentic/P2abc/MS2abc`)).toEqual([]),
  );

  it.each([
    `${HOST}/P2def${KEYS}`,
    `${HOST}/v2/keys/P2def`,
    `https://auth.example.com/P2def${KEYS}`,
    `${HOST}/v1/apps/agentic/P2def/MS2abc${KEYS}`,
  ])("rejects the keys %s of another project", (jwksUri) =>
    expect(faults(jwksUri, `${HOST}/v1/apps/agentic/P2abc/MS2abc`)).toEqual([
      'contains the keys of the Descope project P2def, but "iss" is of P2abc: every token would be denied. Write "https://api.descope.com/P2abc/.well-known/jwks.json", or name the issuer of P2def.',
    ]),
  );

  it("uses the host of the keys if the issuer is a bare project id", () => {
    expect(faults(`https://api.euc1.descope.com/P2def${KEYS}`, "P2abc")).toEqual([
      'contains the keys of the Descope project P2def, but "iss" is of P2abc: every token would be denied. Write "https://api.euc1.descope.com/P2abc/.well-known/jwks.json", or name the issuer of P2def.',
    ]);
  });

  it("checks neither patterns nor issuers and keys that it cannot interpret", () => {
    expect(faults(`${HOST}/P2def${KEYS}`, "^https://api.descope.com/.*$", "regex")).toEqual([]);
    const issuers = [`${HOST}/v1/apps/P2abc`, "https://issuer.example.com"];
    expect(faults(`${HOST}/P2def${KEYS}`, issuers, "contains")).toEqual([]);
    expect(
      faults([`${HOST}/P2def${KEYS}`, "https://keys.example.com/jwks"], `${HOST}/v1/apps/P2abc`),
    ).toEqual([]);
  });

  it("does not check a key URL that is not used", () => {
    const jwks = { keys: [{ kty: "EC", crv: "P-256", kid: "e1", x: "abc", y: "def" }] };
    expect(faults(`${HOST}/P2def${KEYS}`, `${HOST}/v1/apps/P2abc`, "exact", { jwks })).toEqual([]);
    expect(faults(undefined, `${HOST}/v1/apps/P2abc`, "exact", { jwks })).toEqual([]);
    const introspectEndpoint = "https://a.example/i";
    expect(faults(`${HOST}/P2def${KEYS}`, `${HOST}/v1/apps/P2abc`, "exact", { introspectEndpoint })).toEqual(
      [],
    );
  });

  it.each([
    ["openid-configuration", `${HOST}/v1/apps/P2abc`],
    ["oauth-authorization-server", `${HOST}/v1/apps/P2abc`],
  ])("rejects the URL of the metadata document %s", (document, issuer) => {
    const url = `${issuer}/.well-known/${document}`;
    expect(faults(url, issuer)).toEqual([
      expect.stringContaining(
        'is the issuer\'s metadata, not its keys. Write its "jwks_uri": "https://api.descope.com/P2abc/.well-known/jwks.json".',
      ),
    ]);
    expect(
      faults("https://issuer.example.com/.well-known/openid-configuration", "https://issuer.example.com"),
    ).toEqual([
      '"https://issuer.example.com/.well-known/openid-configuration" is the issuer\'s metadata, not its keys. Write its "jwks_uri".',
    ]);
  });

  it("rejects an issuer URL as the key URL", () => {
    expect(faults("https://issuer.example.com/t", "https://issuer.example.com/t")).toEqual([
      '"https://issuer.example.com/t" is the issuer itself, not its keys. Write its "jwks_uri".',
    ]);
  });
});

describe("keyUrlWarnings", () => {
  const PATH = "jwt_validation.jwksUri";

  it("warns about two regions", () => {
    expect(
      warnings(`https://api.euc1.descope.com/P2abc${KEYS}`, `${HOST}/v1/apps/agentic/P2abc/MS2abc`),
    ).toEqual([
      `${PATH}: is at https://api.euc1.descope.com, but "iss" is at https://api.descope.com: a project is in one region. Use the same host for both.`,
    ]);
  });

  it("warns about two MCP Servers", () => {
    expect(
      warnings(`${HOST}/v1/apps/agentic/P2abc/MS2def${KEYS}`, `${HOST}/v1/apps/agentic/P2abc/MS2abc`),
    ).toEqual([`${PATH}: names MS2def, but "iss" is the issuer of MS2abc. Use one MCP Server for both.`]);
  });

  it.each([
    ["a custom domain", `https://auth.example.com/P2abc${KEYS}`, `${HOST}/v1/apps/P2abc`],
    ["a bare project id", `${HOST}/P2abc${KEYS}`, "P2abc"],
    [
      "another project, which is a fault",
      `https://api.euc1.descope.com/P2def${KEYS}`,
      `${HOST}/v1/apps/P2abc`,
    ],
    ["other issuers", "https://a.example/keys", "https://B.example/"],
  ])("returns no warning about %s", (_name, jwksUri, iss) => expect(warnings(jwksUri, iss)).toEqual([]));

  it("returns no warning if several issuers are configured", () => {
    const other = `https://api.euc1.descope.com/P2abc${KEYS}`;
    expect(warnings([`${HOST}/P2abc${KEYS}`, other], `${HOST}/v1/apps/P2abc`)).toEqual([]);
    expect(warnings(other, [`${HOST}/v1/apps/P2abc`, `${HOST}/P2abc`], "contains")).toEqual([]);
  });

  it.each([
    [`${HOST}/v1/apps/P2abc/`, `${HOST}/v1/apps/P2abc`],
    ["https://API.descope.com/v1/apps/P2abc", `${HOST}/v1/apps/P2abc`],
  ])("warns about the issuer %s, which Descope writes differently", (iss, meant) =>
    expect(warnings(`${HOST}/P2abc${KEYS}`, iss)).toEqual([
      `jwt_validation.claimValues.iss.values: "${iss}" is compared byte for byte, and Descope's issuers have no trailing slash and a lower-case host. Write "${meant}".`,
    ]),
  );
});
