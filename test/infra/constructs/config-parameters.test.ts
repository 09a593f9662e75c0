import { describe, expect, it } from "vitest";
import { deployedText } from "../../../functions/core/config/parse-config.ts";
import { warnConfigSource } from "../../../infra/config-source.ts";
import type { TemplateJson } from "../../support/deployed-template.ts";
import { configSource, resources, synthesise, templateJson } from "../../support/synthesised-template.ts";

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

  const held = () => templateJson({ stage: "prod", publicUrl: "https://mcp.acme.com" });
  const parametersOf = ({ Resources }: TemplateJson) =>
    Object.entries(Resources).filter(([, { Type }]) => Type === "AWS::SSM::Parameter");

  it("are deleted with the removal of their file, unless they are retained", () => {
    const policies = (template: TemplateJson) =>
      parametersOf(template).map(([, each]) => each.DeletionPolicy);
    expect(policies(held())).toEqual([undefined, undefined]);
    expect(policies(templateJson({ config: "retained" }))).toEqual(["Retain", "Retain"]);
  });

  it("change only in policy and description when they become retained, so that CloudFormation applies the policy", () => {
    const [before, after] = [
      held(),
      templateJson({ stage: "prod", publicUrl: "https://mcp.acme.com", config: "retained" }),
    ];
    const described = (template: TemplateJson) =>
      parametersOf(template).map(([id, { Properties }]) => [
        id,
        { ...(Properties as object), Description: "" },
      ]);
    expect(described(after)).toEqual(described(before));
    const descriptions = (template: TemplateJson) =>
      parametersOf(template).map(([, { Properties }]) => (Properties as { Description: string }).Description);
    expect(descriptions(after)).toEqual(
      descriptions(before).map((text) => `${text} (kept when removed from the stack)`),
    );
  });

  it("are the only difference between a stack with and without them, in both directions", () => {
    const external = templateJson({
      stage: "prod",
      publicUrl: "https://mcp.acme.com",
      configSource: undefined,
    });
    const without = Object.fromEntries(
      Object.entries(held().Resources).filter(([, { Type }]) => Type !== "AWS::SSM::Parameter"),
    );
    expect(Object.keys(external.Resources)).toEqual(Object.keys(without));
    const stateful = ["AWS::KMS::Key", "AWS::SecretsManager::Secret", "AWS::Logs::LogGroup"];
    const kept = ({ Resources }: Pick<TemplateJson, "Resources">) =>
      Object.fromEntries(Object.entries(Resources).filter(([, { Type }]) => stateful.includes(Type)));
    expect(kept(external)).toEqual(kept({ Resources: without }));
  });

  it.each([
    ["a secret reference", "{{ssm:/team/key}}"],
    ["a dynamic reference of CloudFormation", "{{resolve:ssm-secure:/team/key:1}}"],
    ["tokens of the CDK", `$${"{"}Token[TOKEN.7]} #${"{"}Token[TOKEN.8]} $${"{"}Token[AWS.Region.3]}`],
    ["a substitution", `$${"{"}AWS::Region} $${"{"}!x}`],
    ["letters of other languages", "Ünï 李 😀"],
  ])("have exactly the validated text with %s", (_name, text) => {
    const source = configSource(
      {},
      { notes: { tool_authorization: { [text]: { required_scopes: ["x"] } } } },
    );
    const [value] = Object.values(resources(synthesise({ configSource: source }), "AWS::SSM::Parameter"))
      .filter(({ Name }) => Name === "/mcp-gateway/dev/servers/notes")
      .map(({ Value }) => Value);
    expect(value).toBe(deployedText(source.servers[0]?.text ?? ""));
    expect(JSON.parse(String(value)).tool_authorization).toEqual({ [text]: { required_scopes: ["x"] } });
  });

  it("are Standard up to 4,096 bytes as deployed, escapes included, and Advanced above", () => {
    // 4,090 bytes in the file, 4,100 with the two escapes.
    const file = (bytes: number) => {
      const server = { url: "https://a.example/mcp", headers: { "X-A": "{{ssm:/team/key}}", "X-Note": "" } };
      const missing = bytes - JSON.stringify(server).length;
      return { ...server, headers: { ...server.headers, "X-Note": "x".repeat(missing) } };
    };
    const source = configSource({}, { a: file(4_086), b: file(4_090) });
    const parameters = Object.values(
      resources(synthesise({ configSource: source }), "AWS::SSM::Parameter"),
    ).filter(({ Name }) => String(Name).includes("/servers/"));
    expect(parameters.map(({ Tier, Value }) => [Tier, Buffer.byteLength(String(Value))])).toEqual([
      ["Standard", 4096],
      ["Advanced", 4100],
    ]);
    expect(warnConfigSource(source).map(({ file: name, fault }) => [name, fault.message])).toEqual([
      [
        "config/servers/b.json",
        "4100 bytes need an Advanced SSM parameter, which AWS charges for; up to 4096 are free.",
      ],
    ]);
  });

  it("are not created with an external configuration", () => {
    expect(resources(synthesise({ configSource: undefined }), "AWS::SSM::Parameter")).toEqual({});
  });

  it("reject a file that is too large for a parameter and name the file", () => {
    const source = configSource({}, { notes: { headers: { "X-Note": "x".repeat(9000) } } });
    expect(() => synthesise({ configSource: source })).toThrow(
      /config\/servers\/notes\.json: .*at most 8192 bytes/,
    );
  });
});
