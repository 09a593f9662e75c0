// `config block`, `unblock` and `blocked` with the real SDK against the Parameter Store double.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { blockedCommand } from "../../cli/block-command.ts";
import { runConfig } from "../../cli/config.ts";
import { configDirectory } from "../support/config-directory.ts";
import { parameterStoreDouble } from "../support/parameter-store-double.ts";
import { recordTerminal } from "../support/recorded-terminal.ts";

const PREFIX = "/mcp-gateway/prod";
const GATEWAY = { descope: { project_id: "P2abc", mcp_server_id: "MS2abc" } };
const double = parameterStoreDouble();
beforeAll(() => void vi.setSystemTime("2026-11-01T00:00:00Z"));
afterAll(() => void vi.useRealTimers());
const config = (args: string[], response?: string) =>
  recordTerminal((terminal) => runConfig([...args, "--prefix", PREFIX], terminal), response);
const stored = (name: string) => JSON.parse(String(double.parameters.get(`${PREFIX}/${name}`)?.Value));

async function deployed(gateway: object = GATEWAY): Promise<string> {
  const dir = configDirectory({
    "gateway.json": gateway,
    "servers/tools.json": { url: "https://tools.example.com/mcp" },
  });
  await config(["push", dir, "--yes"]);
  return dir;
}

describe("config block", () => {
  it("shows the change, prompts, writes the parameter and then the file", async () => {
    const dir = await deployed();
    const { code, out, questions } = await config(
      ["block", dir, "sub=U2abc", "--until", "2026-12-31", "--reason", "leaked token"],
      "y",
    );
    const entry = { claim: "sub", values: ["U2abc"], until: "2026-12-31", reason: "leaked token" };
    expect([code, questions]).toEqual([0, [`\nWrite this parameter below ${PREFIX}? [y/N] `]]);
    expect(out).toContain('+       "claim": "sub",');
    expect(out).toContain(
      `wrote  ${PREFIX}/gateway  version 2\nThe functions use it within 75 seconds.\nedited ${join(dir, "gateway.json")}\n`,
    );
    expect(out).not.toContain("servers/tools");
    expect(stored("gateway")).toEqual({ ...GATEWAY, blocked: [entry] });
    expect(JSON.parse(readFileSync(join(dir, "gateway.json"), "utf8"))).toEqual({
      ...GATEWAY,
      blocked: [entry],
    });
    expect((await config(["push", dir, "--yes"])).out).toContain("Nothing to write.");
  });

  it("writes nothing if the prompt is declined", async () => {
    const dir = await deployed();
    const { code, out } = await config(["block", dir, "sub=U2abc"], "n");
    expect([code, out.includes("Nothing was written.")]).toEqual([1, true]);
    expect(stored("gateway")).toEqual(GATEWAY);
    expect(readFileSync(join(dir, "gateway.json"), "utf8")).not.toContain("blocked");
  });

  it("blocks several values and claims at one server", async () => {
    const dir = await deployed();
    await config(["block", "sub=U1", "jti=a=b", "sub=U2", dir, "--server", "tools", "--yes"]);
    expect(stored("servers/tools").blocked).toEqual([
      { claim: "sub", values: ["U1", "U2"] },
      { claim: "jti", values: ["a=b"] },
    ]);
    expect(stored("gateway")).toEqual(GATEWAY);
  });

  it("does not edit a file that differs from the deployed configuration, and reports it", async () => {
    const dir = await deployed();
    writeFileSync(
      join(dir, "gateway.json"),
      JSON.stringify({ ...GATEWAY, resource_name: "not deployed yet" }),
    );
    const { out } = await config(["block", dir, "sub=U2abc", "--yes"]);
    expect(out).toContain(
      "gateway.json differs from the deployed configuration and was not changed. Add the entry",
    );
    expect(stored("gateway").blocked).toHaveLength(1);
    expect(readFileSync(join(dir, "gateway.json"), "utf8")).not.toContain("blocked");
    for (const other of [configDirectory({ "servers/x.json": {} }), configDirectory({ "gateway.json": "{" })])
      expect((await config(["block", other, "sub=U3", "--yes"])).out).toContain("was not changed");
  });

  it("prints a report as JSON", async () => {
    const dir = await deployed();
    const { out } = await config(["block", dir, "sub=U2abc", "--yes", "--json"]);
    expect(JSON.parse(out)).toMatchObject({
      prefix: PREFIX,
      changes: [{ name: "gateway", kind: "change" }],
      written: [{ name: "gateway", version: 2 }],
      file: join(dir, "gateway.json"),
    });
  });

  it.each([
    [["block"], "block takes CLAIM=VALUE, such as sub=U2abc"],
    [["block", "sub=U2", "a", "b", "--yes"], "expected at most one DIR, but also got: b"],
    [["block", "sub=U2"], "cannot prompt: no TTY, or --json was given. Add --yes to write without a prompt"],
    [["block", "sub=U2", "--yes", "--until", "tomorrow"], 'expected a date such as "2026-12-31"'],
    [
      ["block", "sub=U2", "--until", "2026-10-31"],
      "--until 2026-10-31 has passed: the entry would deny no caller",
    ],
    [["block", "sub=", "--yes"], "expected a value, got an empty string"],
    [["block", "nsec.x=1", "--yes"], 'clients choose the values in "nsec"'],
    [["unblock", "sub=U2", "--reason", "x"], "unblock does not accept --reason"],
    [["blocked", "x"], "blocked accepts no arguments, but got: x"],
    [["block", "sub=U2", "--server", "nowhere", "--yes"], "/mcp-gateway/prod/servers/nowhere does not exist"],
    [["unblock", "sub=U2", "--yes"], "no entry of gateway has these values"],
  ])("rejects the arguments %j: %s", async (args, message) => {
    const dir = await deployed();
    const { code, err } = await config(args);
    expect([code, err.includes(message), err]).toEqual([2, true, err]);
    expect(stored("gateway")).toEqual(GATEWAY);
    expect(readFileSync(join(dir, "gateway.json"), "utf8")).not.toContain("blocked");
  });

  it("does not overwrite a parameter that has other errors", async () => {
    const dir = await deployed();
    double.parameters.put(`${PREFIX}/gateway`, '{"unknown":1}');
    const { code, err } = await config(["block", dir, "sub=U2", "--yes"]);
    expect([code, err]).toMatchObject([
      2,
      expect.stringContaining("the deployed parameter is invalid, push a valid one first: unknown:"),
    ]);
  });
});

describe("config unblock", () => {
  it("removes a value, and says how long API Gateway caches denials", async () => {
    const dir = await deployed();
    await config(["block", dir, "sub=U1", "sub=U2", "--yes"]);
    const { out } = await config(["unblock", dir, "sub=U1", "--yes"]);
    expect(out).toContain(
      "aws apigateway flush-stage-authorizers-cache --rest-api-id ID --stage-name prod\n",
    );
    expect(stored("gateway").blocked).toEqual([{ claim: "sub", values: ["U2"] }]);
    await config(["unblock", dir, "sub=U2", "--yes"]);
    expect(stored("gateway").blocked).toEqual([]);
  });
});

describe("config blocked", () => {
  const list = (options: object) =>
    recordTerminal((terminal) =>
      blockedCommand({ json: false, prefix: PREFIX, ...options }, terminal, new Date("2026-12-01T00:00:00Z")),
    );

  it("lists the entries of the gateway and of its servers, including expired ones", async () => {
    const dir = await deployed();
    await config(["block", dir, "sub=U2abc", "--until", "2026-11-30", "--reason", "lost laptop", "--yes"]);
    await config([
      "block",
      dir,
      "jti=J1",
      "jti=J2",
      "--until",
      "2026-12-24T18:00Z",
      "--server",
      "tools",
      "--yes",
    ]);
    await config(["block", dir, "azp=C3", "--yes"]);
    expect((await list({})).out).toBe(
      [
        "gateway  sub = U2abc  ended 2026-11-30  lost laptop",
        "gateway  azp = C3  no end date",
        "servers/tools  jti = J1, J2  until 2026-12-24T18:00Z\n",
      ].join("\n"),
    );
    expect(JSON.parse((await list({ json: true, server: "tools" })).out)).toEqual({
      blocked: [
        {
          parameter: "servers/tools",
          claim: "jti",
          values: ["J1", "J2"],
          until: "2026-12-24T18:00Z",
          ended: false,
        },
      ],
    });
  });

  it("says that no callers are blocked", async () => {
    await deployed();
    expect((await config(["blocked"])).out).toBe("No callers are blocked.\n");
  });
});

it.each([
  ["blocked", ["blocked"]],
  ["block", ["block", "sub=U2abc", "--yes"]],
])("%s is an error, and not an empty list, where no configuration is deployed", async (_name, args) => {
  expect(await config(args)).toMatchObject({
    code: 2,
    out: "",
    err: `error: no parameters exist below ${PREFIX} in the Region us-east-1. Check --prefix, AWS_REGION and AWS_PROFILE.\n`,
  });
});
