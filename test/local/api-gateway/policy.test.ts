// IAM evaluation of a returned policy against a method ARN.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluatePolicy, wildcard } from "../../../local/api-gateway/policy.ts";

const ARN = "arn:aws:execute-api:us-east-1:123456789012:abcdefghij/dev/POST/whoami/mcp";
const BASE = "arn:aws:execute-api:us-east-1:123456789012:abcdefghij";

function statement(effect: string, resource: unknown, action: unknown = "execute-api:Invoke") {
  return { Effect: effect, Action: action, Resource: resource };
}

test.each<[string, unknown, string]>([
  ["the exact ARN allowed", statement("Allow", ARN), "allow"],
  ["a * for the method", statement("Allow", `${BASE}/dev/*/whoami/mcp`), "allow"],
  ["a * over slashes", statement("Allow", `${BASE}/*`), "allow"],
  ["a ? for one character", statement("Allow", `${BASE}/dev/POST/whoam?/mcp`), "allow"],
  ["? for two characters", statement("Allow", `${BASE}/dev/POST/who?/mcp`), "implicit_deny"],
  ["another server allowed", statement("Allow", `${BASE}/dev/*/other/mcp`), "implicit_deny"],
  ["the resource in another case", statement("Allow", `${BASE}/dev/*/WHOAMI/mcp`), "implicit_deny"],
  ["the action in another case", statement("Allow", ARN, "EXECUTE-API:invoke"), "allow"],
  ["an action with a *", statement("Allow", ARN, "execute-api:*"), "allow"],
  ["another action", statement("Allow", ARN, "execute-api:ManageConnections"), "implicit_deny"],
  ["one of several resources", statement("Allow", [`${BASE}/a`, ARN]), "allow"],
  ["a deny after an allow", [statement("Allow", "*"), statement("Deny", ARN)], "explicit_deny"],
  ["a deny before an allow", [statement("Deny", ARN), statement("Allow", "*")], "explicit_deny"],
  ["a deny of something else", [statement("Allow", ARN), statement("Deny", `${BASE}/x`)], "allow"],
])("an authorizer policy with %s has the result %s", (_name, Statement, verdict) => {
  expect(evaluatePolicy({ Version: "2012-10-17", Statement }, ARN)).toEqual({ verdict });
});

describe("an authorizer policy is invalid", () => {
  test.each<[string, unknown, string]>([
    ["no document", undefined, "policyDocument must be an object"],
    ["no statement", {}, "a policy statement must be an object"],
    ["another effect", { Statement: statement("allow", ARN) }, "Effect must be Allow or Deny"],
    ["no resource", { Statement: { Effect: "Allow", Action: "*" } }, "Action and Resource must be strings"],
    [
      "a condition",
      { Statement: { ...statement("Allow", ARN), Condition: {} } },
      "Condition is not supported by the local run",
    ],
    [
      "NotResource",
      { Statement: { ...statement("Allow", ARN), NotResource: "x" } },
      "NotResource is not supported by the local run",
    ],
    [
      "a resource of 513 characters",
      { Statement: statement("Allow", "x".repeat(513)) },
      "a Resource is longer than 512 characters",
    ],
  ])("%s", (_name, document, fault) => {
    expect(evaluatePolicy(document, ARN)).toEqual({ verdict: "invalid", fault });
  });
});

test("policy wildcards match the same texts as an equivalent regular expression", () => {
  const letters = (alphabet: string) => fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 8 });
  fc.assert(
    fc.property(letters("ab/*?"), letters("ab/"), (pattern, text) => {
      const expression = pattern.replaceAll("*", ".*").replaceAll("?", ".");
      expect(wildcard(pattern, text)).toBe(new RegExp(`^${expression}$`).test(text));
    }),
  );
});
