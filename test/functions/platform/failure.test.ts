import { describe, expect, it } from "vitest";
import { ConfigurationUnavailable } from "../../../functions/platform/config-store.ts";
import { describeFailure, failureReason } from "../../../functions/platform/failure.ts";
import { SecretUnavailable } from "../../../functions/platform/secret-store.ts";

describe("failureReason", () => {
  it.each<[string, unknown, string]>([
    ["a missing configuration", new ConfigurationUnavailable("x"), "configuration_unavailable"],
    ["a secret that can't be read", new SecretUnavailable("x"), "configuration_unavailable"],
    ["any other error", new TypeError("x"), "internal_error"],
    ["what is not an error", "x", "internal_error"],
  ])("returns for %s the reason that the client is told", (_name, cause, reason) => {
    expect(failureReason(cause)).toBe(reason);
  });
});

describe("describeFailure", () => {
  const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJVMiJ9.c2lnbmF0dXJl";

  it("contains an error, its code and its causes", () => {
    const cause = Object.assign(new Error("connect failed"), { code: "ECONNREFUSED" });
    expect(describeFailure(new SecretUnavailable("the secret /team/key could not be read", { cause }))).toBe(
      "SecretUnavailable: the secret /team/key could not be read, because of Error ECONNREFUSED: connect failed",
    );
  });

  it("stops after three causes, and if an error is its own cause", () => {
    const own = new Error("loop");
    own.cause = own;
    expect(describeFailure(own)).toBe("Error: loop, because of Error: loop, because of Error: loop");
  });

  it.each<[string, unknown, string]>([
    ["a token", new Error(`bad token ${jwt} here`), "Error: bad token … here"],
    ["what follows Bearer", new Error("header Bearer abc denied"), "Error: header … denied"],
    ["what follows Basic", new Error("sent basic dXNlcjpwdw=="), "Error: sent …"],
    ["a long run of letters", new Error(`key ${"a1".repeat(20)}`), "Error: key …"],
    ["a token that was thrown by itself", jwt, "…"],
    ["the text that could not be parsed", syntaxError("hunter2"), "SyntaxError"],
  ])("omits %s", (_name, cause, described) => {
    expect(describeFailure(cause)).toBe(described);
  });

  it.each<[unknown, string]>([
    [undefined, ""],
    [null, "null was thrown instead of an Error"],
    [{ toString: 1 }, "a value of type object was thrown instead of an Error"],
    ["text", "text"],
    [new Error(""), "Error"],
  ])("describes %j", (cause, described) => {
    expect(describeFailure(cause)).toBe(described);
  });

  it("is cut to a maximum length", () => {
    const long = () => new Error("word ".repeat(1_000));
    expect(
      describeFailure(Object.assign(long(), { cause: Object.assign(long(), { cause: long() }) })).length,
    ).toBeLessThan(1_100);
  });
});

function syntaxError(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return error;
  }
}
