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
  it("returns undefined without a block", () => {
    expect(sent(undefined)).toBeUndefined();
  });

  it("returns the header with only the included claims, in ASCII", () => {
    expect(sent({ method: "claims_header", include_claims: ["sub", "name", "absent"] })).toEqual({
      header: "X-User-Claims",
      value: '{"sub":"U2alice","name":"\\u674e"}',
    });
  });

  it("returns the payload of a signed header", () => {
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
      jti: "(unique per request)",
    });
  });

  it("describes, but does not repeat, a forwarded token", () => {
    expect(sent({ method: "bearer", allow_token_passthrough: true })).toEqual({
      header: "Authorization",
      value: "the caller's token, unchanged",
    });
  });
});
