import { describe, expect, it } from "vitest";
import {
  bearerChallenge,
  challengedDocument,
  hasPath,
  metadataUrlOf,
} from "../../../functions/core/challenge.ts";

const URL_OF_TOOLS = "https://mcp.example.com/.well-known/oauth-protected-resource/tools/mcp";
const METADATA = `resource_metadata="${URL_OF_TOOLS}"`;
const ROOT = "https://mcp.example.com";
const STAGE = "https://a1b2.execute-api.eu-central-1.amazonaws.com/prod";

/** A value that is not known before deployment, as the CDK writes it. */
const cdkToken = (name: string) => `$\{Token[${name}]}`;

describe("bearerChallenge", () => {
  it.each([
    ["nothing more", {}, `Bearer ${METADATA}`],
    ["an invalid token", { error: "invalid_token" }, `Bearer error="invalid_token", ${METADATA}`],
    [
      "all scopes that are needed",
      { error: "insufficient_scope", scopes: ["mail:read", "mail:send"] },
      `Bearer error="insufficient_scope", ${METADATA}, scope="mail:read mail:send"`,
    ],
    ["no scopes", { scopes: [] }, `Bearer ${METADATA}`],
  ] as const)("points to the metadata document, and %s", (_, challenge, header) => {
    expect(bearerChallenge(URL_OF_TOOLS, challenge)).toBe(header);
  });
});

describe("metadataUrlOf", () => {
  it("returns the URL of a server's metadata document", () => {
    expect(metadataUrlOf(ROOT, "tools")).toBe(URL_OF_TOOLS);
  });

  it.each(["", 'a"b', "A", "a".repeat(64), "../x"])(
    "returns the URL of the root document for an invalid server name: %j",
    (name) => {
      expect(metadataUrlOf(STAGE, name)).toBe(`${STAGE}/.well-known/oauth-protected-resource`);
    },
  );
});

it("metadataUrlOf returns the URL of the combined endpoint's document", () => {
  expect(metadataUrlOf(ROOT, "/mcp")).toBe(
    "https://mcp.example.com/.well-known/oauth-protected-resource/mcp",
  );
});

describe("challengedDocument", () => {
  it.each([
    ["a domain of its own", { publicUrl: ROOT, servers: ["a", "b"] }, "none"],
    ["a loopback address", { publicUrl: "http://127.0.0.1:8787", servers: ["a"] }, "none"],
    ["a stage path and one server", { publicUrl: STAGE, servers: ["a"] }, { server: "a" }],
    ["a stage path and several servers", { publicUrl: STAGE, servers: ["a", "b"] }, "root"],
    ["a stage path and no server yet", { publicUrl: STAGE, servers: [] }, "root"],
    ["a stage path and servers that are not known", { publicUrl: STAGE }, "root"],
    [
      "a stage path, several servers and no root document",
      { publicUrl: STAGE, servers: ["a", "b"], hasRoot: false },
      "none",
    ],
    [
      "a URL that is not known before deployment",
      { publicUrl: cdkToken("TOKEN.7"), servers: ["a", "b"] },
      "root",
    ],
    [
      "a stage path and a combined endpoint",
      { publicUrl: STAGE, servers: ["a"], hasCombined: true },
      "combined",
    ],
    [
      "true under a stage path with a combined endpoint",
      { named: true, publicUrl: STAGE, servers: ["a", "b"], hasCombined: true },
      "root",
    ],
    [
      "false under a stage path with a combined endpoint",
      { named: false, publicUrl: STAGE, servers: ["a"], hasCombined: true },
      "none",
    ],
    [
      "a domain of its own and a combined endpoint",
      { publicUrl: ROOT, servers: ["a"], hasCombined: true },
      "none",
    ],
    ["false under a stage path", { named: false, publicUrl: STAGE, servers: ["a"] }, "none"],
    ["true at a domain of its own", { named: true, publicUrl: ROOT, servers: ["a", "b"] }, "root"],
    ["true with one server", { named: true, publicUrl: ROOT, servers: ["a"] }, { server: "a" }],
    [
      "true without a root document",
      { named: true, publicUrl: STAGE, servers: ["a", "b"], hasRoot: false },
      "root",
    ],
  ] as const)("returns the document for %s", (_, parts, document) => {
    const defaults = { named: undefined, servers: undefined, hasRoot: true, hasCombined: false };
    expect(challengedDocument({ ...defaults, ...parts })).toEqual(document);
  });
});

describe("hasPath", () => {
  it("reads the path of a URL that contains CDK tokens", () => {
    const host = `https://${cdkToken("TOKEN.1")}.execute-api.${cdkToken("AWS.Region.2")}.${cdkToken("AWS.URLSuffix.3")}`;
    expect([hasPath(host), hasPath(`${host}/dev`)]).toEqual([false, true]);
  });
});
