import { describe, expect, it } from "vitest";
import { IDENTITY_HEADER_BY_METHOD } from "../../../../functions/core/config/header-names.ts";
import { parseServerConfig } from "../../../../functions/core/config/server-config.ts";
import { serverFaults, serverFile } from "../../../support/config-blocks.ts";

describe("user_identity_forwarding", () => {
  const identityFaults = (block: unknown) => serverFaults({ user_identity_forwarding: block });

  it.each<[string, Record<string, unknown>]>([
    ["claims_header", { method: "claims_header" }],
    [
      "every key",
      {
        method: "jwt_header",
        include_claims: ["sub", "tenants.T2abc.roles"],
        header_name: "X-Identity",
        jwt_expiry_seconds: 3600,
        audience: "https://a.example",
      },
    ],
    ["the shortest lifetime", { method: "jwt_header", jwt_expiry_seconds: 1 }],
    ["consent that is not needed", { method: "claims_header", allow_token_passthrough: true }],
    ["bearer with consent", { method: "bearer", allow_token_passthrough: true }],
  ])("accepts %s", (_name, block) => {
    expect(identityFaults(block)).toEqual([]);
  });

  it("fills in the documented defaults", () => {
    const parsed = parseServerConfig(
      JSON.stringify(serverFile({ user_identity_forwarding: { method: "claims_header" } })),
    );
    expect(parsed.ok && parsed.config.user_identity_forwarding).toEqual({
      method: "claims_header",
      include_claims: [
        "sub",
        "email",
        "username",
        "user_id",
        "workspace_id",
        "organisation_id",
        "scope",
        "client_id",
      ],
      jwt_expiry_seconds: 300,
      allow_token_passthrough: false,
    });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["no method", {}, "user_identity_forwarding.method: required, but missing."],
    [
      "an unknown method",
      { method: "claim_header" },
      'method: expected "claims_header", "jwt_header" or "bearer", got "claim_header". Did you mean "claims_header"?',
    ],
    [
      "bearer without consent",
      { method: "bearer" },
      'user_identity_forwarding.method: "bearer" sends the caller\'s token to the server, which MCP forbids unless the token was also issued for that server. Use "claims_header" or "jwt_header", or add "allow_token_passthrough": true if it was.',
    ],
    [
      "bearer with consent denied",
      { method: "bearer", allow_token_passthrough: false },
      "sends the caller's token",
    ],
    [
      "consent in quotes",
      { method: "bearer", allow_token_passthrough: "true" },
      "allow_token_passthrough: expected true or false",
    ],
    [
      "a lifetime of zero",
      { method: "jwt_header", jwt_expiry_seconds: 0 },
      "jwt_expiry_seconds: expected a whole number of seconds from 1 to 3600, got the number 0.",
    ],
    ["a lifetime above an hour", { method: "jwt_header", jwt_expiry_seconds: 3601 }, "from 1 to 3600"],
    [
      "a hop-by-hop header",
      { method: "claims_header", header_name: "Connection" },
      "header_name: Connection is a hop-by-hop header",
    ],
    [
      "a header of the protocol",
      { method: "claims_header", header_name: "mcp-session-id" },
      "set by the gateway",
    ],
    [
      "nsec",
      { method: "claims_header", include_claims: ["nsec"] },
      'include_claims[0]: "nsec": clients choose the values in "nsec"',
    ],
    [
      "no claims",
      { method: "claims_header", include_claims: [] },
      "include_claims: expected at least one of claim names, got an empty array.",
    ],
    ["an empty audience", { method: "jwt_header", audience: "" }, "audience: expected a non-empty string"],
    ["an unknown key", { method: "claims_header", claims: ["sub"] }, "claims: unknown key. "],
    [
      "an empty claim name",
      { method: "claims_header", include_claims: ["sub", ""] },
      "include_claims[1]: expected the name of a claim",
    ],
    [
      "an audience with a line break",
      { method: "jwt_header", audience: "a\nb" },
      "audience: expected a non-empty string, without control characters",
    ],
    [
      "a header name with a space",
      { method: "claims_header", header_name: "X Who" },
      'header_name: expected a header name (letters, digits, "-"), got "X Who".',
    ],
  ])("rejects %s", (_name, block, message) => {
    const faults = identityFaults(block);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(message);
  });

  it("rejects null instead of a block", () => {
    expect(identityFaults(null)).toEqual([
      'user_identity_forwarding: expected an object, got null. Write {"method": …}.',
    ]);
  });
});

describe("IDENTITY_HEADER_BY_METHOD", () => {
  it("contains a header for each method", () => {
    expect(IDENTITY_HEADER_BY_METHOD).toEqual({
      claims_header: "X-User-Claims",
      jwt_header: "X-User-JWT",
      bearer: "Authorization",
    });
  });
});
