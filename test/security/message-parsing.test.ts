// One body, two readings: what the gateway authorises must be what every server behind it understands.
import { describe, expect, it } from "vitest";
import { admitRequest } from "../../functions/core/admit-request.ts";
import { configSnapshot } from "../support/gateway-config.ts";
import { principalWith } from "../support/principals.ts";
import { NOW } from "../support/tokens.ts";

const config = configSnapshot({
  servers: { tools: { tool_authorization: { admin: { required_scopes: ["admin"] } } } },
});

function admit(body: string | undefined, headers: Record<string, string> = {}) {
  const request = {
    method: "POST",
    server: "tools",
    body,
    headers: new Map(
      Object.entries({ "content-type": "application/json", ...headers }).map(([name, value]) => [
        name,
        [value],
      ]),
    ),
  };
  const admission = admitRequest(request, principalWith(), config, "https://mcp.example.com", NOW);
  return admission.ok ? "admitted" : admission.errorResponse.reason;
}

const call = (params: string, more = "") =>
  `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}${more}}`;

describe("CVE-2026-27896, GHSA-wvj2-96wp-fq3f (MCP Go SDK): keys matched without regard to case, and with ſ and K folded", () => {
  it.each([
    ["Method", '{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call","params":{"name":"admin"}}'],
    ["METHOD alone", '{"jsonrpc":"2.0","id":1,"METHOD":"tools/call","params":{"name":"admin"}}'],
    ["paramſ", call('{"name":"open"}', ',"param\u017f":{"name":"admin"}')],
    ["taſkId", '{"jsonrpc":"2.0","id":1,"method":"tasks/get","params":{"taskId":"1","ta\u017fkId":"2"}}'],
    [
      "taskId with the Kelvin sign",
      '{"jsonrpc":"2.0","id":1,"method":"tasks/get","params":{"tas\u212aId":"2"}}',
    ],
    ["Name", call('{"name":"open","Name":"admin"}')],
    ["an escaped Name", call('{"name":"open","\\u004eame":"admin"}')],
    ["Params", call('{"name":"open"}', ',"Params":{"name":"admin"}')],
    ["Jsonrpc", `${call('{"name":"open"}').slice(0, -1)},"Jsonrpc":"1.0"}`],
  ])("denies %s", (_name, body) => expect(admit(body)).toBe("not_a_request"));
});

describe("a repeated key (class of bug: one reader uses the first, another the last)", () => {
  it.each([
    ["name", call('{"name":"open","name":"admin"}')],
    ["an escaped name", call('{"name":"open","\\u006eame":"admin"}')],
    ["params", call('{"name":"open"}', ',"params":{"name":"admin"}')],
    ["method", '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":{"name":"admin"}}'],
    ["id", '{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}'],
    ["far down in the arguments", call('{"name":"open","arguments":{"a":[{"b":{"c":1,"c":2}}]}}')],
  ])("denies a second %s", (_name, body) => expect(admit(body)).toBe("not_a_request"));
});

describe("prototype poisoning (class of bug: __proto__ in parsed JSON)", () => {
  it.each([
    ["a method", '{"jsonrpc":"2.0","id":1,"__proto__":{"method":"ping"}}', "not_a_request"],
    ["jsonrpc", '{"__proto__":{"jsonrpc":"2.0"},"id":1,"method":"ping"}', "not_a_request"],
    ["an allowed name", call('{"__proto__":{"name":"open"}}'), "unknown_name"],
    [
      "a forbidden name over an allowed one",
      call('{"name":"admin","__proto__":{"name":"open"}}'),
      "insufficient_scope",
    ],
    [
      "params",
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","__proto__":{"params":{"name":"open"}}}',
      "unknown_name",
    ],
    [
      "a method of a response",
      '{"jsonrpc":"2.0","id":1,"result":{},"__proto__":{"method":"tools/call","params":{"name":"admin"}}}',
      "not_a_request",
    ],
    ["a constructor", call('{"name":"open","constructor":{"prototype":{"polluted":1}}}'), "admitted"],
  ])("%s is read from the message itself or not at all", (_name, body, expected) => {
    expect(admit(body)).toBe(expected);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it("a tool named __proto__ or toString has no accidental rule", () => {
    const sealed = configSnapshot({
      servers: { tools: { tool_authorization: { "*": { required_scopes: ["admin"] } } } },
    });
    for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
      const body = call(JSON.stringify({ name }));
      const headers = new Map([["content-type", ["application/json"]]]);
      const request = { method: "POST", server: "tools", body, headers };
      const admission = admitRequest(request, principalWith(), sealed, "https://mcp.example.com", NOW);
      expect(admission).toMatchObject({ ok: false, errorResponse: { reason: "insufficient_scope" } });
    }
  });
});

describe("bodies that are slow to parse (class of bug)", () => {
  const deep = (open: string, close: string, levels: number) => open.repeat(levels) + close.repeat(levels);

  it.each([
    ["nested lists", call(`{"name":"open","arguments":{"a":${deep("[", "]", 200_000)}}}`), "not_a_request"],
    [
      "nested objects",
      call(`{"name":"open","arguments":${deep('{"a":', "}", 100_000).replace("}", "1}")}}`),
      "not_a_request",
    ],
    ["only opening brackets", "[".repeat(900_000), "not_json"],
    ["backslashes", call(`{"name":"open","arguments":{"a":"${"\\\\".repeat(400_000)}"}}`), "admitted"],
    ["escaped quotes", call(`{"name":"open","arguments":{"a":"${'\\"'.repeat(400_000)}"}}`), "admitted"],
    ["a name without end", call(`{"name":"${"\\\\".repeat(400_000)}"}`), "unknown_name"],
    [
      "many keys",
      call(`{"name":"open","arguments":{${Array.from({ length: 50_000 }, (_, at) => `"k${at}":1`)}}}`),
      "admitted",
    ],
    [
      "many messages",
      `[${Array.from({ length: 15_000 }, () => '{"jsonrpc":"2.0","method":"ping"}')}]`,
      "admitted",
    ],
    ["too many bytes", " ".repeat(4_200_000) + call('{"name":"open"}'), "request_too_large"],
    ["a huge number", call(`{"name":"open","arguments":{"n":1${"0".repeat(500_000)}}}`), "admitted"],
  ])("%s get a response", (_name, body, expected) => expect(admit(body)).toBe(expected));
});

describe("headers that contradict the body (class of bug: routing by one, acting on the other)", () => {
  it.each<[string, Record<string, string>]>([
    ["another name", { "mcp-name": "open" }],
    ["another name, encoded", { "mcp-name": `=?base64?${Buffer.from("open").toString("base64")}?=` }],
    ["another method", { "mcp-method": "tools/list" }],
    ["another version", { "mcp-protocol-version": "2025-06-18", "mcp-name": "admin", "mcp-method": "ping" }],
    ["broken base64", { "mcp-name": "=?base64?%%%?=" }],
  ])("%s: denied with -32020", (_name, headers) => {
    expect(admit(call('{"name":"admin"}'), headers)).toBe("header_mismatch");
  });

  it("a body that is empty or not UTF-8 is denied", () => {
    expect(admit(undefined)).toBe("not_json");
    expect(admit("")).toBe("not_json");
    expect(admit("\u0000")).toBe("not_json");
    expect(admit(`\ufeff${call('{"name":"open"}')}`)).toBe("not_json");
  });
});
