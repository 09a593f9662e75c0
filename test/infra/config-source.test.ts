import { mkdirSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { readConfigSource, validateConfigSource, warnConfigSource } from "../../infra/config-source.ts";
import { configDirectory } from "../support/config-directory.ts";

const GATEWAY = { descope: { project_id: "P2abc", mcp_server_id: "MS2abc" } };
const SERVER = { url: "https://tools.example.com/mcp" };

/** Faults as "file:line path: message". */
function faultsOf(files: Record<string, string | Buffer | object>, check = validateConfigSource): string[] {
  const dir = configDirectory(files);
  return check(readConfigSource(dir)).map(
    ({ file, line, fault }) => `${relative(dir, file)}:${line ?? "-"} ${fault.path}: ${fault.message}`,
  );
}

describe("readConfigSource", () => {
  it("reads gateway.json and all servers, in the order of their names", () => {
    const dir = configDirectory({ "gateway.json": "{}", "servers/b.json": "B", "servers/a.json": "A" });
    expect(readConfigSource(dir)).toEqual({
      gateway: { file: join(dir, "gateway.json"), text: "{}" },
      servers: [
        { name: "a", file: join(dir, "servers/a.json"), text: "A" },
        { name: "b", file: join(dir, "servers/b.json"), text: "B" },
      ],
    });
  });

  it("accepts a directory without servers", () => {
    expect(readConfigSource(configDirectory({ "gateway.json": "{}" })).servers).toEqual([]);
  });

  it("ignores notes, hidden files and directories", () => {
    const dir = configDirectory({ "gateway.json": "{}", "servers/README.md": "x", "servers/.swp": "x" });
    mkdirSync(join(dir, "servers/old"));
    expect(readConfigSource(dir).servers).toEqual([]);
  });

  it("rejects a missing directory or a missing gateway.json", () => {
    expect(() => readConfigSource("/nonexistent")).toThrow("no such directory: /nonexistent");
    const dir = configDirectory({ "other.json": "{}" });
    expect(() => readConfigSource(dir)).toThrow(`no file gateway.json in ${dir}.`);
    expect(() => readConfigSource(join(dir, "other.json"))).toThrow("no such directory");
  });
});

describe("validateConfigSource", () => {
  it("accepts the example configuration of this repository", () => {
    expect(validateConfigSource(readConfigSource("config"))).toEqual([]);
    expect(warnConfigSource(readConfigSource("config"))).toEqual([]);
  });

  it("reports all errors of all files, by file and line", () => {
    const faults = faultsOf({
      "gateway.json":
        '{\n  "public_url": "https://mcp.example.com/",\n  "descope": {\n    "project_id": "P2abc"\n  }\n}',
      "servers/a.json":
        '{\n  "url": "https://a.example/mcp",\n  "headers": {\n    "X-A": 1,\n    "Host": "x"\n  },\n  "url": "b"\n}',
      "servers/b.json": '{\n  "url": "https://b.example/mcp",\n}',
    });
    expect(faults).toEqual([
      'gateway.json:2 public_url: "https://mcp.example.com/" is compared byte for byte. Write "https://mcp.example.com".',
      'gateway.json:3 descope.mcp_server_id: required, but missing. Id of the MCP Server that represents this gateway in Descope\'s Agentic Identity Hub. Add "mcp_server_id": "MS2abc".',
      "servers/a.json:4 headers.X-A: expected a string, got a number.",
      "servers/a.json:5 headers.Host: Host is set by the gateway. Choose another name.",
      "servers/a.json:7 url: this key occurs twice in the same object, on lines 2 and 7. Keep one of them.",
      'servers/a.json:7 url: expected an https URL such as "https://host.example/path", got "b".',
      'servers/b.json:3 : not valid JSON at line 3, column 1: a comma before "}". Remove the comma.',
    ]);
  });

  it("reports a server that is incomplete together with gateway.json", () => {
    expect(faultsOf({ "gateway.json": {}, "servers/a.json": SERVER })).toEqual([
      'servers/a.json:1 jwt_validation: no token rules: neither this server nor gateway.json has any. Add "jwt_validation" here, or "descope" or "jwt_validation" to gateway.json.',
    ]);
  });

  it("does not check a server against an invalid gateway.json", () => {
    const faults = faultsOf({ "gateway.json": { descop: {} }, "servers/a.json": SERVER });
    expect(faults).toEqual(['gateway.json:2 descop: unknown key. Did you mean "descope"?']);
  });

  it.each(
    [
      "Tools.json",
      "a_b.json",
      "a.b.json",
      "-a.json",
      "tools.yaml",
      "tools.jsonc",
      ".json5.bak~.json5",
    ].filter((name) => !name.startsWith(".")),
  )("rejects the file name %s", (name) => {
    expect(faultsOf({ "gateway.json": GATEWAY, [`servers/${name}`]: SERVER })).toEqual([
      `servers/${name}:- : "${name}" is not a valid file name for a server: expected <name>.json with a-z, 0-9 and "-", at most 63 characters. Rename the file, or move it elsewhere.`,
    ]);
  });

  it("rejects bytes that are not UTF-8", () => {
    expect(faultsOf({ "gateway.json": GATEWAY, "servers/a.json": Buffer.from([0x7b, 0xff, 0x7d]) })).toEqual([
      "servers/a.json:- : the file is not valid UTF-8. Save it as UTF-8.",
    ]);
  });

  it("finds the line of keys with dots, quotes and brackets", () => {
    const text =
      '{\n"url": "https://a.example/mcp",\n"tool_authorization": {\n"a.b[0]\\"": {\n"required_scopes": [\n"x",\n"a b"\n]}}}';
    expect(faultsOf({ "gateway.json": GATEWAY, "servers/a.json": text })).toEqual([
      'servers/a.json:7 tool_authorization["a.b[0]\\""].required_scopes[1]: expected one scope name without spaces or quotes (RFC 6749), got "a b".',
    ]);
  });

  it("does not confuse a key with another key that starts with the same text", () => {
    const text = '{\n"timeouts": {\n"connect": 1\n}\n}';
    expect(faultsOf({ "gateway.json": GATEWAY, "servers/a.json": text })[0]).toContain(
      "servers/a.json:1 url: required",
    );
  });
});

describe("a secret below the configuration's path", () => {
  const server = { ...SERVER, headers: { "X-Api-Key": "{{ssm:/mcp-gateway/prod/key}}" } };
  const files = { "gateway.json": GATEWAY, "servers/a.json": server };
  const found = [
    "servers/a.json:4 headers.X-Api-Key: the secret /mcp-gateway/prod/key is below the SSM path of a gateway's configuration, which every function reads. Store it elsewhere, such as below /mcp-gateway-secrets, and reference it here.",
  ];

  it("is rejected for every gateway with the default name if the path is unknown", () => {
    expect(faultsOf(files)).toEqual(found);
  });

  it("is rejected for the path of the files", () => {
    expect(faultsOf(files, (source) => validateConfigSource(source, "/mcp-gateway/prod"))).toEqual(found);
    expect(faultsOf(files, (source) => validateConfigSource(source, "/team/prod"))).toEqual([]);
  });
});

describe("validateConfigSource, for combined", () => {
  const files = (servers: unknown) => ({
    "gateway.json": { ...GATEWAY, combined: { servers } },
    "servers/notes.json": SERVER,
    "servers/off.json": { ...SERVER, enabled: false },
    "servers/broken.json": { url: 5 },
  });

  it("reports a member without a file", () => {
    const faults = faultsOf(files(["notes", "gone", "off", "broken"]));
    expect(faults.filter((fault) => fault.includes("combined"))).toEqual([
      'gateway.json:9 combined.servers[1]: there is no server "gone". Add servers/gone.json, or remove it here.',
    ]);
  });

  it("accepts all servers, whichever exist", () => {
    expect(faultsOf(files("all")).filter((fault) => fault.includes("combined"))).toEqual([]);
  });
});

describe("validateConfigSource, for files that are not read", () => {
  it.each(["server", "Servers", "sever", "srvers"])("rejects the directory %s", (name) => {
    expect(faultsOf({ "gateway.json": GATEWAY, [`${name}/tools.json`]: SERVER })).toEqual([
      `${name}:- : "${name}" is not read: servers are described in "servers". Rename the directory.`,
    ]);
  });

  it("rejects a server's file next to gateway.json", () => {
    expect(faultsOf({ "gateway.json": GATEWAY, "tools.json": SERVER })).toEqual([
      'tools.json:- : "tools.json" is not read: it describes a server, but is next to gateway.json. Move it into servers/.',
    ]);
  });

  it("rejects a server's file in a subdirectory of servers", () => {
    const files = { "gateway.json": GATEWAY, "servers/a.json": SERVER, "servers/old/b.json": SERVER };
    expect(faultsOf(files)).toEqual([]);
    expect(faultsOf(files, warnConfigSource)).toEqual([
      'servers/old:- : "old" is not read: a server is one file servers/<name>.json. Move its files up, or move the directory elsewhere.',
    ]);
  });

  it("ignores all other files", () => {
    const files = {
      "gateway.json": GATEWAY,
      "servers/a.json": SERVER,
      "servers/notes/x.txt": "x",
      "servers/notes/x.json": "{",
      "servers/.git/b.json": SERVER,
      "schema/server.schema.json": { properties: { url: {} } },
      "prod.json": { stage: "prod" },
      "notes.md": "url",
      "broken.json": '{"url": ',
    };
    expect(faultsOf(files)).toEqual([]);
    expect(faultsOf(files, warnConfigSource)).toEqual([]);
  });

  it.each(["gatway.json", "gateway.yaml", "Gateway.json"])(
    "suggests renaming %s if gateway.json is missing",
    (name) => {
      const dir = configDirectory({ [name]: "{}" });
      expect(() => readConfigSource(dir)).toThrow(
        `no file gateway.json in ${dir}. It describes the gateway. Rename "${name}" if that is it.`,
      );
    },
  );
});

describe("warnConfigSource", () => {
  it("warns by file and line, and only for valid files", () => {
    const faults = faultsOf(
      {
        "gateway.json": GATEWAY,
        "servers/a.json": { ...SERVER, timeouts: { idle_ms: 30 } },
        "servers/b.json": { timeouts: { idle_ms: 30 } },
      },
      warnConfigSource,
    );
    expect(faults).toEqual([
      "servers/a.json:4 timeouts.idle_ms: is 30 milliseconds, which is too short for most servers. If seconds were meant, write 30000.",
    ]);
  });

  it("warns if the gateway's URL has a path and the challenge cannot name a single server's document", () => {
    const warnings = (gateway: object, ...names: string[]) =>
      faultsOf(
        {
          "gateway.json": { ...GATEWAY, ...gateway },
          ...Object.fromEntries(names.map((name) => [`servers/${name}.json`, SERVER])),
        },
        warnConfigSource,
      );
    const below = { public_url: "https://example.com/mcp" };
    expect(warnings(below, "a", "b")).toEqual([
      expect.stringContaining("public_url: The challenge names one metadata document for all servers"),
    ]);
    expect(warnings(below, "a")).toEqual([]);
    expect(warnings({ ...below, challenge_resource_metadata: false }, "a", "b")).toEqual([]);
    expect(warnings({ public_url: "https://mcp.example.com" }, "a", "b")).toEqual([]);
  });

  it("warns about a parameter that costs money, not counting white space and $schema", () => {
    const fits = { ...SERVER, resource_name: "x".repeat(4000) };
    expect(
      faultsOf(
        { "gateway.json": GATEWAY, "servers/a.json": { $schema: "y".repeat(500), ...fits } },
        warnConfigSource,
      ),
    ).toEqual([]);
    expect(
      faultsOf(
        { "gateway.json": { descop: 1 }, "servers/a.json": { ...SERVER, resource_name: "x".repeat(4096) } },
        warnConfigSource,
      ),
    ).toEqual([
      "servers/a.json:- : 4154 bytes need an Advanced SSM parameter, which AWS charges for; up to 4096 are free.",
    ]);
  });
});
