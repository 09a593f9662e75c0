import { describe, expect, it } from "vitest";
import { readEnvironment } from "../../../functions/platform/environment.ts";

const SET = { CONFIG_PREFIX: "/mcp-gateway/prod", PUBLIC_URL: "https://api.example.com/prod" };

describe("readEnvironment", () => {
  it("reads the variables that the stack sets, with lists split at commas", () => {
    const lists = { SIGNING_KEY_ARNS: "arn:1,arn:2", SESSION_SECRET_PARAMETERS: "/a" };
    expect(readEnvironment({ ...SET, ...lists })).toMatchObject({
      configPrefix: "/mcp-gateway/prod",
      publicUrl: "https://api.example.com/prod",
      signingKeyArns: ["arn:1", "arn:2"],
      sessionSecretParameters: ["/a"],
    });
  });

  it.each([{}, { SIGNING_KEY_ARNS: "", SESSION_SECRET_PARAMETERS: "," }])(
    "reads %j as empty lists",
    (lists) => {
      expect(readEnvironment({ ...SET, ...lists })).toMatchObject({
        signingKeyArns: [],
        sessionSecretParameters: [],
      });
    },
  );

  it.each(["CONFIG_PREFIX", "PUBLIC_URL"])("throws at startup without %s", (name) => {
    for (const value of [undefined, ""]) {
      expect(() => readEnvironment({ ...SET, [name]: value })).toThrow(
        `environment variable ${name} is not set. The stack sets it: deploy again.`,
      );
    }
  });
});
