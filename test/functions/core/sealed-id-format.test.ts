// The form of sealed session ids, pinned: one that was handed out before a deployment opens after it.
import { expect, it } from "vitest";
import { openId, sealId } from "../../../functions/core/sealed-id.ts";

const SECRET = "a-session-secret-of-the-gateway";
const ALICE = { sub: "U2alice", issuer: "https://auth.example.com", server: "tools", tenant: "T1" };
const SEALED = "v5WRZLBJyXS1hqBCQQFyzLSH7OamgPLKMl-AxsPoonKGAEgWvHs";

it("is the same in every version", () => {
  expect(sealId(SECRET, "session", "séssion-1", ALICE)).toBe(SEALED);
  expect(openId([SECRET], "session", SEALED, ALICE)).toBe("séssion-1");
});

it.each([
  ["a line break after it", `${SEALED}\n`],
  ["a line break before it", `\n${SEALED}`],
  ["base64 in place of base64url", SEALED.replace("-", "+")],
  ["a tag cut short", Buffer.from(SEALED, "base64url").subarray(0, 20).toString("base64url")],
  ["nothing after the tag", Buffer.from(SEALED, "base64url").subarray(0, 28).toString("base64url")],
])("does not open with %s", (_name, altered) => {
  expect(openId([SECRET], "session", altered, ALICE)).toBeUndefined();
});
