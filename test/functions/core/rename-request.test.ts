import { describe, expect, it } from "vitest";
import type { GatewayRequest } from "../../../functions/core/admit-request.ts";
import { renameRequest } from "../../../functions/core/rename-request.ts";
import { configSnapshot } from "../../support/gateway-config.ts";

const CURATION = {
  tools: { rename: { search: "find", é: "e" } },
  prompts: { rename: { summary: "sum up" } },
  extra_methods: ["tools/run"],
};

function request(body: string | undefined, name?: string | string[], method = "POST"): GatewayRequest {
  const headers = name === undefined ? [] : [["mcp-name", [name].flat()] as const];
  return { method, server: "tools", headers: new Map([["accept", ["*/*"]], ...headers]), body };
}

function rename(sent: GatewayRequest, file: Record<string, unknown> = CURATION) {
  return renameRequest(sent, configSnapshot({ servers: { tools: file } }).servers.get("tools"), 64);
}

const text = (method: string, params: object) => JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });

describe("renameRequest", () => {
  it.each([
    ["tools/call", text("tools/call", { name: "find" }), "search"],
    ["a method of the server about a tool", text("tools/run", { name: "find" }), "search"],
    ["prompts/get", text("prompts/get", { name: "sum up" }), "summary"],
    ["completion", text("completion/complete", { ref: { type: "ref/prompt", name: "sum up" } }), "summary"],
  ])("translates the name in %s", (_, body, real) => {
    const [client] = /find|sum up/.exec(body) ?? [];
    expect(rename(request(body))).toEqual({
      request: request(body.replace(`"${client}"`, `"${real}"`)),
      clientName: client,
    });
  });

  it("changes nothing else in the text, and the header in the same way", () => {
    const body =
      ' {"jsonrpc":"2.0", "id":1.0,"method":"tools\\/call","params":{"name":"f\\u0069nd","x":[1e2,"find"]}}\n';
    const { request: renamed } = rename(request(body, "=?base64?ZmluZA==?="));
    expect(renamed.body).toBe(body.replace('"f\\u0069nd"', '"search"'));
    expect(renamed.headers.get("mcp-name")).toEqual(["search"]);
    expect(renamed.headers.get("accept")).toEqual(["*/*"]);
  });

  it("encodes a name in the header that is not ASCII", () => {
    const { request: renamed } = rename(request(text("tools/call", { name: "e" }), "e"));
    expect(renamed.headers.get("mcp-name")).toEqual(["=?base64?w6k=?="]);
    expect(renamed.body).toContain('"name":"é"');
  });

  it("translates a renamed tool's own name to one that is denied", () => {
    expect(rename(request(text("tools/call", { name: "search" })))).toEqual({
      request: request(text("tools/call", { name: "find" })),
      clientName: "search",
    });
  });

  it("does not make a header agree that contradicts the body", () => {
    for (const [name, header] of [
      ["find", "search"],
      ["search", "find"],
      ["other", "find"],
    ]) {
      const { request: renamed } = rename(request(text("tools/call", { name }), header));
      const inBody = JSON.parse(String(renamed.body)).params.name;
      expect(renamed.headers.get("mcp-name")).not.toEqual([inBody]);
    }
  });

  it("translates each message of a batch, and states the name of the first only", () => {
    const messages = [text("tools/call", { name: "other" }), text("tools/call", { name: "find" })];
    expect(rename(request(`[${messages}]`))).toEqual({
      request: request(`[${messages}]`.replace("find", "search")),
    });
  });

  it.each<[string, GatewayRequest]>([
    ["names another tool", request(text("tools/call", { name: "add" }), "add")],
    ["has the name elsewhere", request(text("tools/call", { name: "add", arguments: { name: "find" } }))],
    ["has the name of a tool for a prompt", request(text("prompts/get", { name: "find" }))],
    ["reads a resource", request(text("resources/read", { uri: "find", name: "find" }), "find")],
    [
      "completes a template",
      request(text("completion/complete", { ref: { type: "ref/resource", name: "find" } })),
    ],
    ["completes nothing", request(text("completion/complete", { ref: null, name: "find" }))],
    ["has a name that is not a text", request(text("tools/call", { name: ["find"] }))],
    ["has a header that cannot be read", request(text("tools/call", { name: "add" }), "\u00e9")],
    [
      "repeats a key",
      request('{"jsonrpc":"2.0","method":"tools/call","params":{"name":"find","name":"find"}}'),
    ],
    ["is not JSON", request('{"name":"find"')],
    ["has no body", request(undefined)],
    ["is a GET", request(text("tools/call", { name: "find" }), undefined, "GET")],
  ])("returns the same request if it %s", (_, sent) => {
    expect(rename(sent).request).toBe(sent);
  });

  it("returns the same request for an unknown server, and for one without renamed entries", () => {
    const sent = request(text("tools/call", { name: "find" }));
    expect(renameRequest(sent, undefined, 64)).toEqual({ request: sent });
    expect(rename(sent, { tools: { deny: ["a"] } }).request).toBe(sent);
    expect(rename(sent, {}).request).toBe(sent);
  });

  it("translates prompts of a server without curated tools", () => {
    const { prompts } = CURATION;
    const call = request(text("tools/call", { name: "sum up" }), "sum up");
    expect(rename(call, { prompts }).request).toBe(call);
    const get = request(text("prompts/get", { name: "sum up" }));
    expect(rename(get, { prompts }).request.body).toContain('"summary"');
  });
});
