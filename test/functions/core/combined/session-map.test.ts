import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeSessions,
  encodeSessions,
  type MemberSession,
} from "../../../../functions/core/combined/session-map.ts";
import { openId, sealId } from "../../../../functions/core/sealed-id.ts";

const UUID = "0f9d1f0c-8f5e-4f5b-9d57-5a3f4f4a1c11";
const nonce = "nonce-of-11";
const BINDING = { sub: "U2alice", issuer: "https://auth.example.com", server: "/mcp", tenant: "T1" };

const twenty = (name: (index: number) => string, each: MemberSession) =>
  new Map(Array.from({ length: 20 }, (_, index) => [name(index), each]));

describe("combined sessions", () => {
  it("have each member's session and revision", () => {
    const sessions = {
      nonce,
      protocolVersion: "2025-06-18",
      members: new Map<string, MemberSession>([
        ["notes", { protocolVersion: "2025-06-18", session: UUID }],
        ["reports", { protocolVersion: "2025-11-25", session: "a\tb" }],
        ["mail", { protocolVersion: "2025-06-18" }],
        ["empty", { protocolVersion: "2025-11-25", session: "" }],
      ]),
    };
    const text = encodeSessions(sessions);
    expect(text).toBe(
      `2\tnonce-of-11\t2025-06-18\t\nnotes\t\t${UUID}\nreports\t2025-11-25\ta\tb\nmail\t\nempty\t2025-11-25\t`,
    );
    expect(decodeSessions(text)).toEqual(sessions);
  });

  it("have a client's description of any depth that the gateway accepts", () => {
    const experimental = JSON.parse("[".repeat(200) + "]".repeat(200));
    const client = { capabilities: { experimental }, clientInfo: { name: "c", version: "1" } };
    const sessions = { nonce, protocolVersion: "2025-06-18", client, members: new Map() };
    expect(decodeSessions(encodeSessions(sessions))).toEqual(sessions);
  });

  it.each<[string, (index: number) => string, MemberSession]>([
    [
      "one revision",
      (index) => `server-with-a-name-of-35-letters-${index + 10}`,
      { protocolVersion: "2025-06-18", session: UUID },
    ],
    [
      "each its own revision",
      (index) => `server-with-25-letters-${index + 10}`,
      { protocolVersion: "2025-11-25", session: UUID },
    ],
  ])("of 20 members with ids of 36 characters fit a sealed id: %s", (_name, name, each) => {
    const sessions = { nonce, protocolVersion: "2025-06-18", members: twenty(name, each) };
    const sealed = sealId("secret", "combined", encodeSessions(sessions), BINDING) as string;
    expect(sealed.length).toBeLessThanOrEqual(2_048);
    expect(decodeSessions(openId(["secret"], "combined", sealed, BINDING) as string)).toEqual(sessions);
  });

  it("omit members that do not fit, and keep later ones that do", () => {
    const long = { protocolVersion: "2025-06-18", session: "x".repeat(1_480) };
    const short = { protocolVersion: "2025-06-18", session: UUID };
    const members = new Map([
      ["a", short],
      ["b", long],
      ["c", { ...short, session: "é".repeat(740) }],
      ["d", short],
    ]);
    const text = encodeSessions({ nonce, protocolVersion: "2025-06-18", members });
    expect([...(decodeSessions(text)?.members.keys() ?? [])]).toEqual(["a", "d"]);
    expect(sealId("secret", "combined", text, BINDING)).toBeDefined();
  });

  it("omit a member whose id has a line break", () => {
    const members = new Map([["a", { protocolVersion: "2025-06-18", session: "x\nb\t\ty" }]]);
    expect(encodeSessions({ nonce, protocolVersion: "2025-06-18", members })).toBe(
      "2\tnonce-of-11\t2025-06-18\t",
    );
  });

  it.each([
    ["keep a client's description", { capabilities: { sampling: {} }, clientInfo: { name: "a\tb\n" } }, true],
    [
      "leave out a description of more than 500 bytes",
      { capabilities: {}, clientInfo: { name: "x".repeat(500) } },
      false,
    ],
  ])("%s", (_name, client, isKept) => {
    const sessions = { nonce, protocolVersion: "2025-06-18", client, members: new Map() };
    expect(decodeSessions(encodeSessions(sessions))?.client).toEqual(isKept ? client : undefined);
  });

  it("keep every id that a server can send in a header", () => {
    const session = fc.option(fc.string({ maxLength: 40 }), { nil: undefined });
    const version = fc.constantFrom("2025-03-26", "2025-06-18", "2025-11-25");
    const member = fc.tuple(version, session).map(([protocolVersion, id]) => ({
      protocolVersion,
      ...(id !== undefined && { session: id }),
    }));
    const members = fc.array(fc.tuple(fc.stringMatching(/^[a-z0-9-]{1,20}$/), member), { maxLength: 9 });
    fc.assert(
      fc.property(version, members, (protocolVersion, all) => {
        const sessions = { nonce, protocolVersion, members: new Map(all) };
        expect(decodeSessions(encodeSessions(sessions))).toEqual(sessions);
      }),
    );
  });

  it.each([
    ["nothing", ""],
    ["another form", `1\tn\t2025-06-18\t\nnotes\t\t${UUID}`],
    ["no nonce", "2\t\t2025-06-18\t"],
    ["no revision", "2\tn\t\t"],
    ["no separator", "2"],
    ["no place for the client", "2\tn\t2025-06-18"],
    ["a client that is not an object", "2\tn\t2025-06-18\tx"],
    ["more in the first line", "2\tn\t2025-06-18\t\tx"],
    ["a member without a name", `2\tn\t2025-06-18\t\n\t\t${UUID}`],
    ["a member's name alone", "2\tn\t2025-06-18\t\nnotes"],
  ])("are not read from %s", (_name, text) => {
    expect(decodeSessions(text)).toBeUndefined();
  });
});
