import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type IdBinding,
  type IdPurpose,
  longestText,
  openId,
  sealId,
} from "../../../functions/core/sealed-id.ts";

const SECRET = "a-session-secret-of-the-gateway";
const ALICE = { sub: "U2alice", issuer: "https://auth.example.com", server: "tools", tenant: "T1" };
const SESSION = "0f9d1f0c-8f5e-4f5b-9d57-5a3f4f4a1c11";

function seal(secret: string, purpose: IdPurpose, id: string, binding: IdBinding): string {
  const sealed = sealId(secret, purpose, id, binding);
  if (sealed === undefined) throw new Error("too long");
  return sealed;
}

describe("a sealed id", () => {
  const sealed = seal(SECRET, "session", SESSION, ALICE);

  it("opens for the caller and the server for which it was sealed", () => {
    expect(openId([SECRET], "session", sealed, ALICE)).toBe(SESSION);
  });

  it("reveals nothing of the upstream's id", () => {
    expect(sealed).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(Buffer.from(sealed, "base64url").toString("latin1")).not.toContain(SESSION.slice(0, 8));
  });

  it("is always the same, and differs by purpose, id, caller, issuer, server, tenant, session and secret", () => {
    const others = [
      seal(SECRET, "session", "another", ALICE),
      seal(SECRET, "session", SESSION, { ...ALICE, sub: "U2bob" }),
      seal(SECRET, "session", SESSION, { ...ALICE, issuer: "https://other.example.com" }),
      seal(SECRET, "session", SESSION, { ...ALICE, server: "mail" }),
      seal(SECRET, "session", SESSION, { ...ALICE, tenant: "T2" }),
      seal(SECRET, "session", SESSION, { ...ALICE, session: "s1" }),
      seal(SECRET, "event", SESSION, ALICE),
      seal(SECRET, "task", SESSION, ALICE),
      seal("another-secret", "session", SESSION, ALICE),
    ];
    expect(seal(SECRET, "session", SESSION, ALICE)).toBe(sealed);
    expect(new Set([sealed, ...others]).size).toBe(10);
    const nonces = others.map((id) => id.slice(0, 16));
    expect(new Set([sealed.slice(0, 16), ...nonces]).size).toBe(10);
  });

  it.each([
    ["another user", { ...ALICE, sub: "U2bob" }],
    ["a user of that name at another issuer", { ...ALICE, issuer: "https://other.example.com" }],
    ["the same user at another server", { ...ALICE, server: "mail" }],
    ["the same user in another tenant", { ...ALICE, tenant: "T2" }],
    ["the same user in no tenant", { ...ALICE, tenant: "" }],
    ["another session", { ...ALICE, session: "s1" }],
    ["a binding that reads alike when joined", { ...ALICE, sub: "U2alice,https", issuer: "" }],
  ])("does not open for %s", (_, binding) => {
    expect(openId([SECRET], "session", sealed, binding)).toBeUndefined();
  });

  it.each(["event", "task", "combined", "cursor"] as const)(
    "does not open as an id for another purpose: %s",
    (purpose) => {
      expect(openId([SECRET], purpose, sealed, ALICE)).toBeUndefined();
      expect(openId([SECRET], "session", seal(SECRET, purpose, SESSION, ALICE), ALICE)).toBeUndefined();
    },
  );

  it("opens with a previous secret while that is listed, and not without it", () => {
    expect(openId(["new-secret", SECRET], "session", sealed, ALICE)).toBe(SESSION);
    expect(openId(["new-secret"], "session", sealed, ALICE)).toBeUndefined();
    expect(openId([], "session", sealed, ALICE)).toBeUndefined();
  });

  it("does not open if any character is changed", () => {
    for (let at = 0; at < sealed.length; at += 1) {
      const other = sealed[at] === "A" ? "B" : "A";
      const altered = sealed.slice(0, at) + other + sealed.slice(at + 1);
      expect(openId([SECRET], "session", altered, ALICE)).toBeUndefined();
    }
  });

  it("does not open if its last character is changed, including unused bits", () => {
    const ids = ["1", "22", "333"].map((session) => seal(SECRET, "session", session, ALICE));
    for (const id of ids) {
      for (const last of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") {
        const opened = openId([SECRET], "session", id.slice(0, -1) + last, ALICE) !== undefined;
        expect(opened).toBe(last === id.at(-1));
      }
    }
  });

  it.each([
    ["the server's own id", SESSION],
    ["nothing", ""],
    ["a short one", "abc"],
    ["28 bytes, a nonce and a tag of nothing", Buffer.alloc(28).toString("base64url")],
    ["29 bytes of zeros", Buffer.alloc(29).toString("base64url")],
    ["what is not base64url", `${sealed}=`],
    ["two ids", `${sealed}, ${sealed}`],
    ["a very long one", "A".repeat(2049)],
    ["part of a sealed one", sealed.slice(0, -4)],
  ])("does not open if it is %s", (_, clientId) => {
    expect(openId([SECRET], "session", clientId, ALICE)).toBeUndefined();
  });

  it("does not open if it was sealed from an empty string", () => {
    expect(openId([SECRET], "session", seal(SECRET, "session", "", ALICE), ALICE)).toBeUndefined();
  });

  it("seals ids of up to 2048 characters and rejects longer ones", () => {
    const longest = seal(SECRET, "session", "x".repeat(1508), ALICE);
    expect(longest).toHaveLength(2048);
    expect(openId([SECRET], "session", longest, ALICE)).toHaveLength(1508);
    expect(sealId(SECRET, "session", "x".repeat(1509), ALICE)).toBeUndefined();
  });

  it("seals cursors of up to 16,384 characters and rejects longer ones", () => {
    const longest = seal(SECRET, "cursor", "x".repeat(12_260), ALICE);
    expect(longest).toHaveLength(16_384);
    expect(openId([SECRET], "cursor", longest, ALICE)).toHaveLength(12_260);
    expect(sealId(SECRET, "cursor", "x".repeat(12_261), ALICE)).toBeUndefined();
    expect(openId([SECRET], "cursor", "A".repeat(16_388), ALICE)).toBeUndefined();
  });

  it.each([
    ["session", 1_508],
    ["combined", 1_508],
    ["cursor", 12_260],
  ] as const)("says how long a text for the purpose %s may be: %i bytes", (purpose, bytes) => {
    expect(longestText(purpose)).toBe(bytes);
    expect(sealId(SECRET, purpose, "x".repeat(bytes), ALICE)).toBeDefined();
    expect(sealId(SECRET, purpose, "x".repeat(bytes + 1), ALICE)).toBeUndefined();
  });

  it("opens to the id that was sealed, and does not open if it was forged", () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 60, unit: "grapheme" }),
        fc.string(),
        (id, invented) => {
          expect(openId([SECRET], "session", seal(SECRET, "session", id, ALICE), ALICE)).toBe(id);
          expect(openId([SECRET], "session", invented, ALICE)).toBeUndefined();
        },
      ),
    );
  });
});
