import { afterEach, describe, expect, it, vi } from "vitest";
import { defaultProvider } from "../../../functions/platform/lambda-credentials.ts";

afterEach(() => vi.unstubAllEnvs());

describe("the AWS credentials of a function", () => {
  it("are those that Lambda sets in its environment", async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "key");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
    vi.stubEnv("AWS_SESSION_TOKEN", "session");
    const expected = { accessKeyId: "key", secretAccessKey: "secret", sessionToken: "session" };
    expect(await defaultProvider()()).toEqual(expected);
  });

  it("are accepted without a session token", async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "key");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
    vi.stubEnv("AWS_SESSION_TOKEN", undefined);
    expect(await defaultProvider()()).toEqual({ accessKeyId: "key", secretAccessKey: "secret" });
  });

  it.each(["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])("throw without %s", async (missing) => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "key");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
    vi.stubEnv(missing, undefined);
    await expect(defaultProvider()()).rejects.toThrow("is not set");
  });
});
