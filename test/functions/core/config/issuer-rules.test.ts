import { describe, expect, it } from "vitest";
import {
  audienceNeed,
  isProjectId,
  isProjectWideIssuer,
  issuerBranch,
  issuerFault,
} from "../../../../functions/core/config/issuer-rules.ts";
import { AGENTIC_ISSUER, blockFaults } from "../../../support/config-blocks.ts";

describe("the issuer rule", () => {
  it.each<[string, unknown]>([
    ["is missing", {}],
    ["is missing beside others", { aud: { values: "x" } }],
  ])("is rejected when it %s", (_name, claimValues) => {
    expect(blockFaults({ claimValues })).toEqual([
      'claimValues: no rule for "iss": tokens of any issuer with these keys would be allowed. Add "iss": {"values": "<issuer URL>", "matchType": "exact"}.',
    ]);
  });

  it("is required if claimValues is absent", () => {
    expect(blockFaults({ claimValues: undefined })[0]).toContain('no rule for "iss"');
  });

  it.each<[string, unknown, string]>([
    [
      "several values",
      { values: ["https://a.example", "https://b.example"], matchType: "contains" },
      "2 issuers are allowed",
    ],
    ["several exact values", { values: ["https://a.example", "https://b.example"] }, "2 issuers are allowed"],
    [
      "a pattern",
      { values: "^https://a\\.example$", matchType: "regex" },
      "a pattern can match more than one issuer",
    ],
    ["a project id", { values: "P2abc" }, '"P2abc" is shared by every application of the Descope project'],
    ["a long project id", { values: "PaBcDeFgHiJkLmNoPqRsTuVwXyZa" }, "is shared by every application"],
    ["B/P", { values: "https://api.descope.com/P2abc" }, "is shared by every application"],
    [
      "B/P with a slash at the end",
      { values: "https://api.descope.com/P2abc/" },
      "is shared by every application",
    ],
    ["B/v1/apps/P", { values: "https://api.descope.com/v1/apps/P2abc" }, "is shared by every application"],
    [
      "B/v1/apps/P on a custom domain",
      { values: "https://auth.example.com/v1/apps/P2abc" },
      "is shared by every application",
    ],
    [
      "the tenant form",
      { values: "https://api.descope.com/v1/apps/P2abc/T2abc" },
      "is shared by every application",
    ],
  ])("requires an audience with %s", (_name, iss, reason) => {
    const faults = blockFaults({ claimValues: { iss } });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(/^claimValues: requires a rule for "aud", because /);
    expect(faults[0]).toContain(reason);
    expect(blockFaults({ claimValues: { iss, aud: { values: "https://mcp.example.com" } } })).toEqual([]);
  });

  it("is rejected if it is null, with the shape to write", () => {
    expect(blockFaults({ claimValues: { iss: null } })).toEqual([
      'claimValues.iss: expected an object, got null. Write {"values": …}.',
    ]);
  });

  it("is rejected if it is a bare string, with the shape to write", () => {
    expect(blockFaults({ claimValues: { iss: AGENTIC_ISSUER } })).toEqual([
      `claimValues.iss: expected an object, got ${JSON.stringify(AGENTIC_ISSUER)}. Write {"values": …}.`,
    ]);
  });

  it("is rejected if it has no values", () => {
    expect(blockFaults({ claimValues: { iss: { matchType: "exact" } } })).toEqual([
      'claimValues.iss.values: required, but missing. Value or list of values that the claim is compared with, as strings. Add "values": "free".',
    ]);
  });

  it("is not checked if claimValues is not an object", () => {
    expect(blockFaults({ claimValues: [] })).toEqual([
      'claimValues: expected an object, got an empty array. Write {"<name>": …}.',
    ]);
  });
});

describe("isProjectId", () => {
  it.each([
    "P2ab",
    "Pabc1",
    "PABC1",
    "P123",
    `P${"a".repeat(20)}`,
    `P${"Z".repeat(27)}`,
    `P2${"a".repeat(40)}`,
  ])("returns true for %s", (text) => expect(isProjectId(text)).toBe(true));

  it.each([
    "",
    "P",
    "P2a",
    "Partners",
    `P${"a".repeat(19)}`,
    "xP2abc",
    "P2abc/",
    "P2abc\n",
    "P2-abc",
    `P${"a".repeat(20)}-`,
    "T2abc",
    "p2abc",
  ])("returns false for %j", (text) => expect(isProjectId(text)).toBe(false));
});

describe("isProjectWideIssuer", () => {
  it.each([
    "P2abc",
    "https://api.descope.com/P2abc",
    "https://api.descope.com/P2abc//",
    "https://api.descope.com/v1/apps/P2abc",
    "https://api.descope.com/v1/apps/P2abc/",
    "https://api.descope.com/v1/apps/x",
    "https://api.descope.com/v1/apps/P2abc/T2abc",
    "https://api.descope.com/v1/apps/P2abc/T",
    "https://auth.example.com/base/v1/apps/P2abc/T2abc",
  ])("returns true for %s", (issuer) => expect(isProjectWideIssuer(issuer)).toBe(true));

  it.each([
    "",
    "idp",
    "https://idp.example",
    "https://idp.example/",
    "https://idp.example/Partners",
    "https://idp.example/P2abc/other",
    "https://idp.example/realms/P2abc",
    "https://api.descope.com/v1/apps/agentic/P2abc/MS2abc",
    "https://api.descope.com/v1/apps",
    "https://api.descope.com/v2/apps/P2abc",
    "https://api.descope.com/v1/apps//P2abc",
  ])("returns false for %s", (issuer) => expect(isProjectWideIssuer(issuer)).toBe(false));
});

describe("audienceNeed", () => {
  it.each<[string[], "exact" | "contains" | "containsAll" | "regex", string | undefined]>([
    [["https://idp.example"], "exact", undefined],
    [[], "exact", undefined],
    [["https://idp.example"], "regex", "a pattern can match more than one issuer"],
    [["https://a.example", "https://b.example"], "contains", "2 issuers are allowed"],
    [["P2abc"], "contains", '"P2abc" is shared by every application of the Descope project'],
  ])("for %j compared by %s is %j", (values, matchType, need) => {
    expect(audienceNeed(values, matchType)).toBe(need);
  });
});

describe("issuerFault", () => {
  it.each(["https://idp.example/realms/main", "P2abc", "urn:idp", "a"])("accepts %s", (issuer) => {
    expect(issuerFault(issuer)).toBeUndefined();
  });

  it.each(["<id", "{id", "<id>x", "x<id>", "a>b", "{id}x", "x{id}", "a}b", "a b", "a\n", "\ta"])(
    "rejects %j",
    (issuer) => {
      expect(issuerFault(issuer)).toBe(
        `expected an issuer such as "https://api.descope.com/v1/apps/agentic/<project id>/<MCP server id>", got ${JSON.stringify(issuer)}.`,
      );
    },
  );

  it("rejects an empty string", () => {
    expect(issuerFault("")).toMatch(/, got ""\.$/);
  });
});

describe("issuerBranch", () => {
  const base = "https://api.descope.com";
  const own = `${base}/v1/apps/agentic/P2abc/MS2abc`;
  const branch = (iss: unknown) =>
    issuerBranch({ own, baseUrl: base, projectId: "P2abc", audiences: [], audienceAlways: false }, iss);

  it.each([
    `${base}/P2abc`,
    `${base}/v1/apps/P2abc`,
    `${base}/v1/apps/P2abc/T2acme`,
    `${base}/v1/apps/customized/P2abc`,
    `${base}/v1/apps/customized/P2abc/T2acme`,
    `${base}/v1/apps/agentic/P2abc/RS2other`,
  ])("treats %s as another issuer of the project", (iss) => expect(branch(iss)).toBe("project"));

  it("recognizes the MCP Server's own issuer", () => expect(branch(own)).toBe("own"));

  it.each([
    undefined,
    [own],
    "P2abc",
    `${base}/P2abcd`,
    `${base}/v1/apps/P2abcd`,
    `${base}/v1/apps/P2abc/`,
    `${base}/v1/apps/P2abc/x`,
    `${base}/v1/apps/tenant/P2abc`,
    `${base}/v1/apps//P2abc`,
    `${base}/v1/apps/agentic/P2abc`,
    `${own}/x`,
    `${own}\n`,
    `${base}.example.com/v1/apps/P2abc`,
  ])("treats %j as no issuer of the project", (iss) => expect(branch(iss)).toBeUndefined());
});
