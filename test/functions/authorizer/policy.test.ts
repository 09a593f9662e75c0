import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { allowPolicy, denyPolicy, Unauthorized } from "../../../functions/authorizer/policy.ts";
import { contextOf, principalWith } from "../../support/principals.ts";

const API = "arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/prod";

function resourceFor(server: string): unknown {
  const context = { ...contextOf(principalWith()), server };
  const [statement] = allowPolicy(`${API}/POST/${server}/mcp`, context).policyDocument.Statement;
  return (statement as { Resource: unknown }).Resource;
}

describe("allowPolicy", () => {
  it("covers every method of one server and nothing else", () => {
    expect(resourceFor("tools")).toBe(`${API}/*/tools/mcp`);
  });

  it.each([
    ["*", "?"],
    ["t*", "t?"],
    ["?ools", "?ools"],
    ["$" + "{*}", "????"],
    ["a/b", "a?b"],
    ["a b", "a?b"],
  ])("has no wildcard for the server %s that reaches further than its own length", (server, name) => {
    expect(resourceFor(server)).toBe(`${API}/*/${name}/mcp`);
  });
});

describe("allowPolicy for a name that no server can have", () => {
  it("fits into a policy, and covers no name that a server can have", () => {
    const resource = String(resourceFor("a".repeat(4_000)));
    expect(resource).toBe(`${API}/*/${"a".repeat(64)}*/mcp`);
    expect(resourceFor("a".repeat(63))).toBe(`${API}/*/${"a".repeat(63)}/mcp`);
    expect(resourceFor("a".repeat(64))).toBe(`${API}/*/${"a".repeat(64)}/mcp`);
  });

  it("covers the path as the request spells it", () => {
    const context = { ...contextOf(principalWith()), server: "é" };
    const [statement] = allowPolicy(`${API}/POST/%C3%A9/mcp`, context).policyDocument.Statement;
    expect(statement).toMatchObject({ Resource: `${API}/*/?C3?A9/mcp` });
  });
});

describe("denyPolicy", () => {
  it.each([
    ["a quote", 'the claim "email"', 'the claim \\"email\\"'],
    ["a backslash", "a\\b", "a\\\\b"],
    ["line breaks", "a\r\nb", "a\\r\\nb"],
    ["NUL", "\0", "\\u0000"],
  ])("escapes %s for the body template", (_, message, escaped) => {
    const { context, policyDocument } = denyPolicy(`${API}/POST/tools/mcp`, "claim_missing", message);
    expect(context).toEqual({ reason: "claim_missing", message: escaped });
    expect(JSON.parse(`"${context?.["message"]}"`)).toBe(message);
    expect(policyDocument.Statement).toMatchObject([{ Effect: "Deny", Resource: `${API}/POST/tools/mcp` }]);
  });
});

describe("Unauthorized", () => {
  it("is the one message that means 401", () => {
    expect(String(new Unauthorized())).toBe("Error: Unauthorized");
    expect(inspect(new Unauthorized())).not.toContain("cause");
  });
});
