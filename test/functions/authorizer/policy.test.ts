import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { allowPolicy, denyPolicy, Unauthorized } from "../../../functions/authorizer/policy.ts";
import { evaluatePolicy } from "../../../local/api-gateway/policy.ts";
import { contextOf, principalWith } from "../../support/principals.ts";

const API = "arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/prod";

function resourceFor(server: string): unknown {
  const context = { ...contextOf(principalWith()), server };
  const [statement] = allowPolicy(`${API}/POST/${server}/mcp`, context).policyDocument.Statement;
  return (statement as { Resource: unknown }).Resource;
}

describe("allowPolicy", () => {
  it("covers every method of one server and nothing else", () => {
    expect(resourceFor("tools")).toEqual([`${API}/*/tools/mcp`, `${API}/*/tools/mcp/`]);
  });

  it.each([
    ["*", "?"],
    ["t*", "t?"],
    ["?ools", "?ools"],
    ["$" + "{*}", "????"],
    ["a/b", "a?b"],
    ["a b", "a?b"],
  ])("contains no wildcard for the server %s that matches more than names of its length", (server, name) => {
    expect(resourceFor(server)).toEqual([`${API}/*/${name}/mcp`, `${API}/*/${name}/mcp/`]);
  });

  // aws/chalice #65, powertools-lambda-python #1609: API Gateway routes both paths alike.
  it.each([
    ["tools", "tools/mcp"],
    ["/mcp", "mcp"],
    ["unlisted!", "unlisted!/mcp"],
  ])("covers the path with and without a slash at its end, whichever was called: %s", (server, path) => {
    const context = contextOf(principalWith({ server }));
    for (const called of [path, `${path}/`]) {
      const { policyDocument } = allowPolicy(`${API}/POST/${called}`, context);
      const verdicts = ["", "/", "//", "/x"].map(
        (end) => evaluatePolicy(policyDocument, `${API}/POST/${path}${end}`).verdict,
      );
      expect(verdicts).toEqual(["allow", "allow", "implicit_deny", "implicit_deny"]);
    }
  });
});

describe("allowPolicy for the combined endpoint", () => {
  const allowed = (server: string, path: string, called: string) => {
    const context = contextOf(principalWith({ server }));
    const { policyDocument } = allowPolicy(`${API}/POST/${path}`, context);
    return ["POST", "GET", "DELETE"].map(
      (method) => evaluatePolicy(policyDocument, `${API}/${method}/${called}`).verdict,
    );
  };

  it("covers its methods, by name and without a wildcard", () => {
    expect(resourceFor("/mcp")).toEqual([
      `${API}/POST/mcp`,
      `${API}/POST/mcp/`,
      `${API}/GET/mcp`,
      `${API}/GET/mcp/`,
      `${API}/DELETE/mcp`,
      `${API}/DELETE/mcp/`,
    ]);
    expect(allowed("/mcp", "mcp", "mcp")).toEqual(["allow", "allow", "allow"]);
  });

  it.each(["tools/mcp", "mcp/mcp", "/mcp", "x/../mcp"])("covers no other path: %s", (path) => {
    expect(allowed("/mcp", "mcp", path)).toEqual(["implicit_deny", "implicit_deny", "implicit_deny"]);
  });

  it.each(["tools", "mcp", "*", "?", "%2F", "", "a".repeat(1_000)])(
    "is not covered by the result for the server %s",
    (server) => {
      expect(allowed(server, `${server}/mcp`, "mcp")).toEqual([
        "implicit_deny",
        "implicit_deny",
        "implicit_deny",
      ]);
    },
  );
});

it("allows the path of a server name that the context contains in another form", () => {
  const server = 'x","status":"200';
  const context = contextOf(principalWith({ server }));
  const [statement] = allowPolicy(`${API}/POST/${server}/mcp`, context).policyDocument.Statement;
  expect(context.server).toBe("x?,?status?:?200");
  expect(statement).toMatchObject({
    Resource: [`${API}/*/x???status???200/mcp`, `${API}/*/x???status???200/mcp/`],
  });
});

it("allows the path of a server name as the request spells it", () => {
  const context = contextOf(principalWith({ server: "é" }));
  const [statement] = allowPolicy(`${API}/POST/%C3%A9/mcp`, context).policyDocument.Statement;
  expect(statement).toMatchObject({ Resource: [`${API}/*/?C3?A9/mcp`, `${API}/*/?C3?A9/mcp/`] });
});

it.each([64, 300, 460, 1_000])(
  "allows a server name of %d characters, so that the proxy responds 404, and matches no other server",
  (length) => {
    const server = "a".repeat(length);
    const context = contextOf(principalWith({ server }));
    const { policyDocument } = allowPolicy(`${API}/POST/${server}/mcp`, context);
    const verdict = (method: string, path: string) =>
      evaluatePolicy(policyDocument, `${API}/${method}/${path}`).verdict;
    for (const method of ["POST", "GET", "DELETE"]) expect(verdict(method, `${server}/mcp`)).toBe("allow");
    for (const other of ["tools", "a", "a".repeat(63)]) {
      expect(verdict("POST", `${other}/mcp`)).toBe("implicit_deny");
    }
  },
);

describe("denyPolicy", () => {
  it.each([
    ["a quote", 'the claim "email"', 'the claim \\"email\\"'],
    ["a backslash", "a\\b", "a\\\\b"],
    ["line breaks", "a\r\nb", "a\\r\\nb"],
    ["NUL", "\0", "\\u0000"],
    ["what is not ASCII", "é\u2028😀", "\\u00e9\\u2028\\ud83d\\ude00"],
  ])("escapes %s for the body template", (_, message, escaped) => {
    const { context, policyDocument } = denyPolicy("claim_missing", message);
    expect(context).toEqual({ reason: "claim_missing", message: escaped });
    expect(JSON.parse(`"${context?.["message"]}"`)).toBe(message);
    expect(policyDocument.Statement).toMatchObject([{ Effect: "Deny", Resource: "*" }]);
  });
});

describe("Unauthorized", () => {
  it("has the only message that API Gateway maps to 401", () => {
    expect(String(new Unauthorized())).toBe("Error: Unauthorized");
    expect(inspect(new Unauthorized())).not.toContain("cause");
  });

  it("has no stack trace, which Lambda would log for every denied token", () => {
    expect(new Unauthorized().stack).toBe("Unauthorized");
  });
});
