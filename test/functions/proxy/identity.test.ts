import { describe, expect, it } from "vitest";
import type { EffectiveServer } from "../../../functions/core/config/effective-server.ts";
import type { IdentityToSign } from "../../../functions/platform/identity-signer.ts";
import { type IdentityParts, identityHeaders } from "../../../functions/proxy/identity.ts";
import { configSnapshot } from "../../support/gateway-config.ts";
import { principalWith } from "../../support/principals.ts";
import { NOW, NOW_SECONDS } from "../../support/tokens.ts";

const CLAIMS = { sub: "U2alice", email: "alice@example.com", phone: "123" };

function identityFor(block: Record<string, unknown> | undefined, parts: Partial<IdentityParts> = {}) {
  const config = configSnapshot({ servers: { tools: block ? { user_identity_forwarding: block } : {} } });
  return identityHeaders({
    server: config.servers.get("tools") as EffectiveServer,
    principal: principalWith({ claims: CLAIMS }),
    token: "a.b.c",
    publicUrl: "https://mcp.example.com",
    maxBytes: 8192,
    sign: async () => "signed.identity.jwt",
    now: NOW,
    ...parts,
  });
}

const INCLUDE = { include_claims: ["sub", "email", "absent"] };

describe("a server without an identity block", () => {
  it("receives neither identity nor token", async () => {
    expect(await identityFor(undefined)).toEqual({ ok: true, headers: {} });
  });
});

describe("identity method claims_header", () => {
  it("sends the configured claims that the token contains, and no others", async () => {
    expect(await identityFor({ method: "claims_header", ...INCLUDE })).toEqual({
      ok: true,
      headers: { "X-User-Claims": '{"sub":"U2alice","email":"alice@example.com"}' },
    });
  });

  it("uses the configured header", async () => {
    const block = { method: "claims_header", header_name: "X-Who", include_claims: ["sub"] };
    expect(await identityFor(block)).toEqual({ ok: true, headers: { "X-Who": '{"sub":"U2alice"}' } });
  });

  it("sends no claim that objects inherit", async () => {
    const block = { method: "claims_header", include_claims: ["constructor", "toString"] };
    expect(await identityFor(block)).toEqual({ ok: true, headers: { "X-User-Claims": "{}" } });
  });

  it("denies claims that are too large, with their size and the largest claims", async () => {
    const block = { method: "claims_header", ...INCLUDE };
    expect(await identityFor(block, { maxBytes: 45 })).toMatchObject({ ok: true });
    expect(await identityFor(block, { maxBytes: 44 })).toEqual({
      ok: false,
      errorResponse: {
        status: 403,
        code: 403,
        reason: "identity_too_large",
        message:
          "The identity header with your claims has 45 bytes, which is too large. The largest claims are email, sub. Ask the administrator to shorten include_claims or these claims in Descope.",
      },
    });
  });
});

describe("identity method jwt_header", () => {
  const block = { method: "jwt_header", ...INCLUDE, jwt_expiry_seconds: 120 };

  it("signs everything that distinguishes callers", async () => {
    const signed: IdentityToSign[] = [];
    const sign = async (identity: IdentityToSign) => {
      signed.push(identity);
      return "signed.identity.jwt";
    };
    expect(await identityFor(block, { sign })).toEqual({
      ok: true,
      headers: { "X-User-JWT": "signed.identity.jwt" },
    });
    expect(signed).toEqual([
      {
        issuer: "https://mcp.example.com",
        audience: "https://tools.example.com/mcp",
        claims: { sub: "U2alice", email: "alice@example.com" },
        expirySeconds: 120,
        tokenExpiresAt: NOW_SECONDS + 3600,
        subject: "U2alice",
        tokenIssuer: "https://auth.example.com/v1/apps/agentic/P2/MS2",
        server: "tools",
        now: NOW,
      },
    ]);
  });

  it("fails the request if the JWT cannot be signed, and sends nothing unsigned", async () => {
    const cause = new Error("KMS is slow");
    const response = await identityFor(block, { sign: () => Promise.reject(cause) });
    expect(response).toEqual({
      ok: false,
      cause,
      errorResponse: {
        status: 502,
        code: 502,
        reason: "identity_unavailable",
        message: "The gateway could not sign your identity for the MCP server. Try again later.",
      },
    });
  });

  it("does not sign claims that are too large", async () => {
    const sign = async () => {
      throw new Error("asked to sign");
    };
    expect(await identityFor(block, { sign, maxBytes: 44 })).toMatchObject({
      ok: false,
      errorResponse: { reason: "identity_too_large" },
    });
  });

  it("denies a JWT that is too large", async () => {
    const sign = async () => "x".repeat(101);
    expect(await identityFor(block, { sign, maxBytes: 101 })).toMatchObject({ ok: true });
    expect(await identityFor(block, { sign, maxBytes: 100 })).toMatchObject({
      ok: false,
      errorResponse: { reason: "identity_too_large", message: expect.stringContaining("101 bytes") },
    });
  });
});

describe("identity method bearer", () => {
  const block = { method: "bearer", allow_token_passthrough: true };

  it("forwards the caller's token", async () => {
    expect(await identityFor(block)).toEqual({ ok: true, headers: { Authorization: "Bearer a.b.c" } });
  });

  it("forwards the token without a scheme in a custom header", async () => {
    expect(await identityFor({ ...block, header_name: "X-Token" })).toEqual({
      ok: true,
      headers: { "X-Token": "a.b.c" },
    });
  });

  it("denies a request without exactly one token", async () => {
    expect(await identityFor(block, { token: undefined })).toMatchObject({
      ok: false,
      errorResponse: { reason: "identity_unavailable", status: 502 },
    });
  });
});
