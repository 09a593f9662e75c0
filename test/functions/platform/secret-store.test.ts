import { describe, expect, it } from "vitest";
import { createSecretStore, SecretUnavailable } from "../../../functions/platform/secret-store.ts";

const MINUTE = 60_000;

function storeWith(values: Record<string, string | Error>) {
  const clock = { ms: 0 };
  const reads: string[] = [];
  const read = async (name: string) => {
    reads.push(name);
    const value = values[name] ?? new Error("no such parameter");
    if (value instanceof Error) throw value;
    return value;
  };
  return { ...createSecretStore(read, () => clock.ms), clock, reads, values };
}

describe("fill", () => {
  it("replaces references with their secrets", async () => {
    const { fill } = storeWith({ "/a": "A", "/b": "B" });
    expect(await fill("Bearer {{ssm:/a}}:{{ssm:/b}}:{{ssm:/a}}")).toBe("Bearer A:B:A");
  });

  it.each([
    ["A\n", "<A>"],
    ["A\r\n", "<A>"],
    ["A\n\n", "<A\n>"],
    ["A\nB ", "<A\nB >"],
  ])("leaves out one line break at the end of a secret: %j", async (value, filled) => {
    const { fill } = storeWith({ "/a": value });
    expect(await fill("<{{ssm:/a}}>")).toBe(filled);
  });

  it("inserts a secret unchanged, whatever it contains", async () => {
    const { fill } = storeWith({ "/a": "$& $1 {{ssm:/b}}", "/b": "B" });
    expect(await fill("{{ssm:/a}}")).toBe("$& $1 {{ssm:/b}}");
  });

  it("reads no secret for a text without references", async () => {
    const { fill, reads } = storeWith({});
    expect(await fill("plain")).toBe("plain");
    expect(reads).toEqual([]);
  });

  it("reads a secret once for concurrent requests", async () => {
    const { fill, reads } = storeWith({ "/a": "A" });
    await Promise.all([fill("{{ssm:/a}}"), fill("x{{ssm:/a}}"), fill("{{ssm:/a}}{{ssm:/a}}")]);
    expect(reads).toEqual(["/a"]);
  });

  it("reads a secret again after five minutes", async () => {
    const { fill, reads, clock, values } = storeWith({ "/a": "old" });
    await fill("{{ssm:/a}}");
    values["/a"] = "new";
    clock.ms = 5 * MINUTE - 1;
    expect(await fill("{{ssm:/a}}")).toBe("old");
    clock.ms += 1;
    expect(await fill("{{ssm:/a}}")).toBe("new");
    expect(reads).toHaveLength(2);
  });

  it("retries a failing store once in thirty seconds, and returns the last value meanwhile", async () => {
    const { fill, reads, clock, values } = storeWith({ "/a": "A" });
    await fill("{{ssm:/a}}");
    values["/a"] = new Error("throttled");
    clock.ms = 6 * MINUTE;
    for (let request = 0; request < 5; request++) expect(await fill("{{ssm:/a}}")).toBe("A");
    expect(reads).toHaveLength(2);
    clock.ms += 30_000;
    expect(await fill("{{ssm:/a}}")).toBe("A");
    expect(reads).toHaveLength(3);
  });

  it("returns the last value for an hour while the secret cannot be read, then throws", async () => {
    const { fill, clock, values } = storeWith({ "/a": "A" });
    await fill("{{ssm:/a}}");
    values["/a"] = new Error("throttled");
    clock.ms = 60 * MINUTE;
    expect(await fill("{{ssm:/a}}")).toBe("A");
    clock.ms += 1;
    await expect(fill("{{ssm:/a}}")).rejects.toBeInstanceOf(SecretUnavailable);
  });

  it("throws for a secret that was never read, with its name and the cause", async () => {
    const { fill, values } = storeWith({});
    await expect(fill("{{ssm:/a}}")).rejects.toMatchObject({
      name: "SecretUnavailable",
      message: "the secret /a could not be read",
      cause: { message: "no such parameter" },
    });
    values["/a"] = "A";
    expect(await fill("{{ssm:/a}}")).toBe("A");
  });

  it("throws if one of several secrets cannot be read, and reveals none of them", async () => {
    const { fill } = storeWith({ "/a": "top-secret" });
    const failed = await fill("{{ssm:/a}}{{ssm:/b}}").catch((error: Error) => error);
    expect(String(failed)).toBe("SecretUnavailable: the secret /b could not be read");
  });
});
