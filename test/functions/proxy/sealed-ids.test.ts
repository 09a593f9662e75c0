import { describe, expect, it } from "vitest";
import { createSessions } from "../../../functions/proxy/sessions.ts";
import { principalWith } from "../../support/principals.ts";

const ALICE = principalWith();
const secretsOf = (values: Record<string, string>) => ({
  fill: async (text: string) => {
    const name = /^\{\{ssm:(.*)\}\}$/.exec(text)?.[1] ?? "";
    const value = values[name];
    if (value === undefined) throw new Error(`no secret ${name}`);
    return value;
  },
});
const SECRETS = secretsOf({ "/new": "new-secret", "/old": "old-secret" });

describe("createSessions", () => {
  it("opens what it sealed, for the same caller alone", async () => {
    const sessions = createSessions(["/new"], SECRETS);
    const id = await sessions.seal("s1", ALICE);
    expect(await sessions.open(id, ALICE)).toBe("s1");
    expect(await sessions.open(id, principalWith({ sub: "U2bob" }))).toBeUndefined();
  });

  it("seals with the first secret and opens with all", async () => {
    const before = await createSessions(["/old"], SECRETS).seal("s1", ALICE);
    const rotated = createSessions(["/new", "/old"], SECRETS);
    expect(await rotated.open(before, ALICE)).toBe("s1");
    const after = await rotated.seal("s1", ALICE);
    expect(after).not.toBe(before);
    expect(await createSessions(["/new"], SECRETS).open(after, ALICE)).toBe("s1");
    expect(await createSessions(["/new"], SECRETS).open(before, ALICE)).toBeUndefined();
  });

  it("rejects where a secret can't be read", async () => {
    const sessions = createSessions(["/lost"], SECRETS);
    await expect(sessions.seal("s1", ALICE)).rejects.toThrow("no secret /lost");
    await expect(sessions.open("x", ALICE)).rejects.toThrow("no secret /lost");
  });

  it("rejects to seal where no secret is set, and opens nothing", async () => {
    const sessions = createSessions([], SECRETS);
    await expect(sessions.seal("s1", ALICE)).rejects.toThrow("SESSION_SECRET_PARAMETERS is empty");
    expect(await sessions.open("x", ALICE)).toBeUndefined();
  });
});
