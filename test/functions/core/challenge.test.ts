import { describe, expect, it } from "vitest";
import { bearerChallenge } from "../../../functions/core/challenge.ts";

const METADATA = 'resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/tools/mcp"';

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
  ] as const)("says where the metadata is, and %s", (_, challenge, header) => {
    expect(bearerChallenge("https://mcp.example.com", "tools", challenge)).toBe(header);
  });
});
