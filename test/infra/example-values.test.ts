import { describe, expect, it } from "vitest";
import { contextSettings } from "../../infra/context-settings.ts";
import { settingsFaults as faultsOf, settingsFolder as folder } from "../support/settings-faults.ts";

const settings = (context: Record<string, unknown>) => contextSettings({ context });
const DOMAIN = {
  domainName: "mcp.acme.com",
  certificateArn: "arn:aws:acm:eu-central-1:111122223333:certificate/0f5b8a3e",
};
const REAL = { descope: { project_id: "P2abc", mcp_server_id: "MS2abc" } };
const SERVER = { url: "https://tools.acme.com/mcp" };

describe("a value of the example", () => {
  it.each<[string, object, object, string]>([
    [
      "a project id",
      { descope: { ...REAL.descope, project_id: "P2ExampleX" } },
      SERVER,
      "descope.project_id: P2ExampleX",
    ],
    [
      "a server id",
      { descope: { ...REAL.descope, mcp_server_id: "MS2example" } },
      SERVER,
      "descope.mcp_server_id: MS2example",
    ],
    ["a server's host", REAL, { url: "https://tools.example.com/mcp" }, "url: tools.example.com"],
    ["a host with a port", REAL, { url: "https://tools.example.org:8443/mcp" }, "url: tools.example.org"],
    ["a host below .example", REAL, { url: "https://notes.example/mcp" }, "url: notes.example"],
    [
      "a public URL",
      { ...REAL, public_url: "https://mcp.example.net" },
      SERVER,
      "public_url: mcp.example.net",
    ],
    [
      "an origin",
      { ...REAL, allowed_origins: ["https://app.example.com"] },
      SERVER,
      "allowed_origins[0]: app.example.com",
    ],
  ])("is rejected in a configuration: %s", (_what, gateway, server, message) => {
    const configDir = folder({ "gateway.json": gateway, "servers/tools.json": server });
    expect(
      faultsOf(() => settings({ configDir })).some((fault) => fault.includes(`: ${message} is an example.`)),
    ).toBe(true);
  });

  it("is rejected in the settings with a real configuration", () => {
    const configDir = folder({ "gateway.json": REAL, "servers/tools.json": SERVER });
    expect(faultsOf(() => settings({ configDir, ...DOMAIN, domainName: "mcp.example.com" }))).toEqual([
      "-c domainName: mcp.example.com is an example. Set your own host.",
    ]);
    expect(faultsOf(() => settings({ configDir, ...DOMAIN, domainName: "counterexample.com" }))).toEqual([]);
  });

  it("is rejected in the unchanged example if the settings name a real host", () => {
    expect(faultsOf(() => settings({ ...DOMAIN })).length).toBe(6);
    expect(faultsOf(() => settings({ stage: "prod", ...DOMAIN, domainName: "mcp.example.com" }))).toEqual([]);
  });
});
