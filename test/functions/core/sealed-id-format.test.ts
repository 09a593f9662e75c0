// The form of sealed ids, pinned: one that was handed out before a deployment opens after it.
import { expect, it } from "vitest";
import { openId, sealId } from "../../../functions/core/sealed-id.ts";

const SECRET = "a-session-secret-of-the-gateway";
const ALICE = { sub: "U2alice", issuer: "https://auth.example.com", server: "tools", tenant: "T1" };
const EVENT = "U1H4IGeeXfsRIBJ-JN3kraKk-QHegBPyIxMuBYUN97u9GY9hIxs";
const SEALED = "d7bX8As72GebDatIBC2K5HtlfUCHHb9m4bl8BmT4s2ndu1MAbYU";

it.each([
  ["session", SEALED],
  ["event", EVENT],
  ["task", "isePYg41qNlCx4kWAEJRTNt1uVZRukOS3gJtWvw7pX5wHrq8JAo"],
  ["combined", "WiCCcCMiMjD2FL4oPVT1VfcLF4SYH-pWQLRa5IAY-4wN3TARi1M"],
  ["cursor", "SGT7_cGTAP_tvqnAEWJzcdIt5s7gQiEb2bScW3pNuSxcF2mRmCU"],
] as const)("a sealed id is the same in every gateway version: %s", (purpose, sealed) => {
  expect(sealId(SECRET, purpose, "séssion-1", ALICE)).toBe(sealed);
  expect(openId([SECRET], purpose, sealed, ALICE)).toBe("séssion-1");
});

it("a sealed id does not open if it is base64 instead of base64url", () => {
  const base64 = Buffer.from(EVENT, "base64url").toString("base64").replaceAll("=", "");
  expect(base64).not.toBe(EVENT);
  expect(openId([SECRET], "event", base64, ALICE)).toBeUndefined();
});

it("an id that was sealed without a tenant does not open, so clients start a new session", () => {
  const former = "v5WRZLBJyXS1hqBCQQFyzLSH7OamgPLKMl-AxsPoonKGAEgWvHs";
  for (const tenant of ["", "T1"]) {
    expect(openId([SECRET], "session", former, { ...ALICE, tenant })).toBeUndefined();
  }
});

it.each([
  ["a line break after it", `${SEALED}\n`],
  ["a line break before it", `\n${SEALED}`],
  ["a tag cut short", Buffer.from(SEALED, "base64url").subarray(0, 20).toString("base64url")],
  ["nothing after the tag", Buffer.from(SEALED, "base64url").subarray(0, 28).toString("base64url")],
])("a sealed id does not open with %s", (_name, altered) => {
  expect(openId([SECRET], "session", altered, ALICE)).toBeUndefined();
});
