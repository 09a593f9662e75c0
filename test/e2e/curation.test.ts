// Curation in front of a server without rules: hidden and renamed names cannot be reached in any way, for any caller, even if rules are only
// logged.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { FORBIDDEN_WAYS } from "../support/forbidden-ways.ts";
import { type GatewayStand, startStand } from "../support/gateway-stand.ts";
import { jsonOf, PING, sendMcp, toolCall } from "../support/mcp-request.ts";
import { jsonResult } from "../support/recorder-server.ts";

const HIDDEN = {
  prompts: { deny: ["secret*"] },
  resources: { deny: ["file:///private/*"] },
  tool_authorization_mode: "log_only",
};
const ONLY_OPEN = {
  prompts: { allow: [] },
  resources: { allow: [] },
  tool_authorization_mode: "log_only",
};

let stand: GatewayStand;
let token: string;

beforeAll(async () => {
  stand = await startStand({
    servers: {
      "ruled-denied": { ...HIDDEN, tools: { deny: ["admin_*"] } },
      "ruled-renamed": {
        ...HIDDEN,
        tools: { rename: { admin_delete: "wipe" }, deny: ["admin_?", "admin_"] },
      },
      "sealed-denied": { ...ONLY_OPEN, tools: { allow: ["open"] } },
      "sealed-renamed": {
        ...ONLY_OPEN,
        tools: { allow: ["admin_delete"], rename: { admin_delete: "wipe" } },
      },
    },
  });
  token = await stand.issuer.token({});
});
afterAll(() => stand?.close());
beforeEach(() => stand.recorder.reset());

describe("a hidden tool, prompt or resource", () => {
  const ways = FORBIDDEN_WAYS.flatMap(([name, request, server = "ruled"]) =>
    ["denied", "renamed"].map((by) => ({ name, request, server: `${server}-${by}` })),
  );
  it.each(ways)("cannot be reached at $server by $name", async ({ request, server }) => {
    const response = await sendMcp(stand.endpoint(server), { token, ...request });
    expect([-32700, -32602, -32601, -32600, -32020, 415]).toContain(jsonOf(response).error.code);
    expect(stand.recorder.requests).toEqual([]);
  });
});

describe("a renamed tool", () => {
  it("is listed and called by its client name only", async () => {
    const endpoint = stand.endpoint("ruled-renamed");
    stand.recorder.respondWith(jsonResult({ tools: [{ name: "admin_delete" }, { name: "wipe" }] }));
    const list = await sendMcp(endpoint, { token, body: { ...PING, method: "tools/list" } });
    expect(jsonOf(list).result.tools).toEqual([{ name: "wipe" }]);
    stand.recorder.reset();
    const call = await sendMcp(endpoint, { token, body: toolCall("wipe") });
    expect(jsonOf(call).result).toEqual({});
    expect(stand.recorder.requests.map(({ body }) => JSON.parse(body.toString()).params.name)).toEqual([
      "admin_delete",
    ]);
  });
});
