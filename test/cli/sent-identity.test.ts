import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { sentIdentity } from "../../cli/sent-identity.ts";
import type { EffectiveServer } from "../../functions/core/config/effective-server.ts";
import type { Principal } from "../../functions/core/principal.ts";
import { configSnapshot } from "../support/gateway-config.ts";
import { ISSUER, NOW, NOW_SECONDS } from "../support/tokens.ts";

const PRINCIPAL = {
  sub: "U2alice",
  issuer: ISSUER,
  exp: NOW_SECONDS + 3600,
  tenant: "",
  clientId: "",
  scopes: [],
  claims: { sub: "U2alice", name: "李", secret: "s" },
} as unknown as Principal;

function sent(block: Record<string, unknown> | undefined) {
  const snapshot = configSnapshot({ servers: { tools: { user_identity_forwarding: block } } });
  return sentIdentity(snapshot.servers.get("tools") as EffectiveServer, PRINCIPAL, "https://mcp.example.com");
}

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("sentIdentity", () => {
  it("is nothing without a block", () => {
    expect(sent(undefined)).toBeUndefined();
  });

  it("is the header with the included claims alone, in ASCII", () => {
    expect(sent({ method: "claims_header", include_claims: ["sub", "name", "absent"] })).toEqual({
      header: "X-User-Claims",
      value: '{"sub":"U2alice","name":"\\u674e"}',
    });
  });

  it("is shown by its payload where it would be signed", () => {
    const { header, value } =
      sent({ method: "jwt_header", include_claims: ["name"], header_name: "X-Who" }) ?? {};
    expect(header).toBe("X-Who");
    expect(JSON.parse((value ?? "").replace("JWT of ", ""))).toEqual({
      name: "李",
      iss: "https://mcp.example.com",
      aud: "https://tools.example.com/mcp",
      iat: NOW_SECONDS,
      nbf: NOW_SECONDS,
      exp: NOW_SECONDS + 300,
      jti: "(new each time)",
    });
  });

  it("is described, not repeated, where the token goes on", () => {
    expect(sent({ method: "bearer", allow_token_passthrough: true })).toEqual({
      header: "Authorization",
      value: "the caller's token, unchanged",
    });
  });
});
