import { describe, expect, it } from "vitest";
import { configSource, resources, synthesise } from "../../support/synthesised-template.ts";

describe("configuration parameters", () => {
  it("are one String parameter for the gateway and one for each server", () => {
    const source = configSource({}, { notes: {}, "big-notes": { headers: { "X-Note": "x".repeat(5000) } } });
    const parameters = Object.values(
      resources(synthesise({ stage: "team-a", configSource: source }), "AWS::SSM::Parameter"),
    );
    const summary = parameters.map(({ Name, Type, Tier }) => [Name, Type, Tier]);
    expect(summary.sort()).toEqual([
      ["/mcp-gateway/team-a/gateway", "String", "Standard"],
      ["/mcp-gateway/team-a/servers/big-notes", "String", "Advanced"],
      ["/mcp-gateway/team-a/servers/notes", "String", "Standard"],
    ]);
    expect(parameters.find(({ Name }) => Name === "/mcp-gateway/team-a/servers/notes")?.["Value"]).toBe(
      '{"url":"https://notes.example/mcp"}',
    );
  });

  it("are left to the operator with an external configuration", () => {
    expect(resources(synthesise({ configSource: undefined }), "AWS::SSM::Parameter")).toEqual({});
  });

  it("name the file that no parameter can hold", () => {
    const source = configSource({}, { notes: { headers: { "X-Note": "x".repeat(9000) } } });
    expect(() => synthesise({ configSource: source })).toThrow(
      /config\/servers\/notes\.json: .*at most 8192 bytes/,
    );
  });
});
