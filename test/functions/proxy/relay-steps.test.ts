import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AdmittedRequest } from "../../../functions/core/admit-request.ts";
import type { EffectiveServer } from "../../../functions/core/config/effective-server.ts";
import { isEventStream, relaySteps } from "../../../functions/proxy/relay-steps.ts";
import { configSnapshot } from "../../support/gateway-config.ts";
import { principalWith } from "../../support/principals.ts";

const RULES = { tool_authorization: { delete: { required_claims: { tier: { values: "pro" } } } } };
const LIST = '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"add"},{"name":"delete"}]}}';
const FILTERED = '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"add"}]}}';
const PRIVATE = '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"add"}],"cacheScope":"private"}}';

beforeEach(() => vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
afterEach(() => vi.useRealTimers());

function stepsFor(contentType: string | undefined, tools: Record<string, unknown>, protocolVersion?: string) {
  const server = configSnapshot({ servers: { tools } }).servers.get("tools") as EffectiveServer;
  const admitted: AdmittedRequest = {
    principal: principalWith(),
    server,
    messages: [],
    id: 1,
    protocolVersion,
  };
  return relaySteps(admitted, contentType, 15_000);
}

async function relayed(body: string, ...parts: Parameters<typeof stepsFor>): Promise<string> {
  const steps = stepsFor(...parts);
  const last = steps.reduce((from, to) => from.pipe(to));
  const out = text(last);
  steps[0]?.end(body);
  return out;
}

describe("isEventStream", () => {
  it.each([
    ["text/event-stream", true],
    ["Text/Event-Stream; charset=utf-8", true],
    ["text/event-streams", false],
    ["application/json", false],
    [undefined, false],
  ])("%s: %s", (type, streams) => {
    expect(isEventStream(type)).toBe(streams);
  });
});

describe("relaySteps", () => {
  it("has none for an answer that nothing has to be done to", () => {
    expect(stepsFor("application/json", {})).toEqual([]);
    expect(stepsFor(undefined, {})).toEqual([]);
  });

  it("has only comments for a stream of a server without rules", async () => {
    const steps = stepsFor("text/event-stream", {});
    expect(steps).toHaveLength(1);
    vi.advanceTimersByTime(15_000);
    expect(String(steps[0]?.read())).toBe(": keep-alive\n\n");
    steps[0]?.destroy();
  });

  it.each(["application/json", "text/plain", undefined])("filters an answer of type %s", async (type) => {
    expect(await relayed(LIST, type, RULES)).toBe(FILTERED);
  });

  it("filters a stream", async () => {
    expect(await relayed(`data: ${LIST}\n\n`, "text/event-stream", RULES)).toBe(`data: ${FILTERED}\n\n`);
  });

  it.each([
    ["2025-11-25", FILTERED],
    ["2026-07-28", PRIVATE],
    ["2027-01-01", PRIVATE],
    [undefined, FILTERED],
  ])("says private in the lists of revision %s and later ones", async (version, list) => {
    expect(await relayed(LIST, "application/json", RULES, version)).toBe(list);
  });

  it("filters nothing in log_only mode", () => {
    expect(stepsFor("application/json", { ...RULES, tool_authorization_mode: "log_only" })).toEqual([]);
  });
});
