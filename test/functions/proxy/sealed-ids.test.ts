import { describe, expect, it } from "vitest";
import { createSealedIds } from "../../../functions/proxy/sealed-ids.ts";
import { principalWith } from "../../support/principals.ts";

const ALICE = principalWith();
const SECRETS: Record<string, string> = { "/new": "new-secret", "/old": "old-secret" };
const secret = async (name: string) => {
  const value = SECRETS[name];
  if (value === undefined) throw new Error(`no secret ${name}`);
  return value;
};

const sealed = async (names: string[], id = "s1") =>
  (await createSealedIds(names, secret).sealer())("session", id, ALICE) as string;
const opened = async (names: string[], id: string, caller = ALICE) =>
  (await createSealedIds(names, secret).opener())("session", id, caller);

describe("createSealedIds", () => {
  it("opens what it sealed, only for the same caller", async () => {
    const id = await sealed(["/new"]);
    expect(await opened(["/new"], id)).toBe("s1");
    expect(await opened(["/new"], id, principalWith({ sub: "U2bob" }))).toBeUndefined();
  });

  it("seals with the first secret and opens with all secrets", async () => {
    const before = await sealed(["/old"]);
    expect(await opened(["/new", "/old"], before)).toBe("s1");
    const after = await sealed(["/new", "/old"]);
    expect(after).not.toBe(before);
    expect(await opened(["/new"], after)).toBe("s1");
    expect(await opened(["/new"], before)).toBeUndefined();
  });

  it("seals although a previous secret cannot be read", async () => {
    expect(await sealed(["/new", "/lost"])).toBe(await sealed(["/new"]));
  });

  it("throws if a secret cannot be read", async () => {
    const ids = createSealedIds(["/lost"], secret);
    await expect(ids.sealer()).rejects.toThrow("no secret /lost");
    await expect(ids.opener()).rejects.toThrow("no secret /lost");
  });

  it("throws for sealing if no secret is set, and opens nothing", async () => {
    await expect(createSealedIds([], secret).sealer()).rejects.toThrow("SESSION_SECRET_PARAMETERS is empty");
    expect(await opened([], "x")).toBeUndefined();
  });
});
