import { describe, expect, it } from "vitest";
import type { AdmittedRequest } from "../../../functions/core/admit-request.ts";
import type { EffectiveServer } from "../../../functions/core/config/effective-server.ts";
import { answerFilter, isEventStream } from "../../../functions/proxy/answer-filter.ts";
import { configSnapshot } from "../../support/gateway-config.ts";
import { principalWith } from "../../support/principals.ts";

const RULES = { tool_authorization: { delete: { required_claims: { tier: { values: "pro" } } } } };
const LIST = '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"add"},{"name":"delete"}]}}';
const FILTERED = '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"add"}]}}';
const PRIVATE = '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"add"}],"cacheScope":"private"}}';

function filterFor(
  contentType: string | undefined,
  tools: Record<string, unknown>,
  protocolVersion?: string,
) {
  const server = configSnapshot({ servers: { tools } }).servers.get("tools") as EffectiveServer;
  const admitted: AdmittedRequest = {
    principal: principalWith(),
    server,
    messages: [],
    id: 1,
    protocolVersion,
  };
  return answerFilter(admitted, contentType);
}

function relayed(body: string, ...parts: Parameters<typeof filterFor>): string {
  const filter = filterFor(...parts);
  if (filter === undefined) throw new Error("there is no filter");
  return Buffer.concat([...filter.push(Buffer.from(body)), ...filter.rest()]).toString();
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

describe("answerFilter", () => {
  it.each(["application/json", "text/event-stream", undefined])(
    "is none for an answer of type %s from a server without rules",
    (type) => {
      expect(filterFor(type, {})).toBeUndefined();
    },
  );

  it.each(["application/json", "text/plain", undefined])("filters an answer of type %s", (type) => {
    expect(relayed(LIST, type, RULES)).toBe(FILTERED);
  });

  it("filters a stream", () => {
    expect(relayed(`data: ${LIST}\n\n`, "text/event-stream", RULES)).toBe(`data: ${FILTERED}\n\n`);
  });

  it.each([
    ["2025-11-25", FILTERED],
    ["2026-07-28", PRIVATE],
    ["2027-01-01", PRIVATE],
    [undefined, FILTERED],
  ])("says private in the lists of revision %s and later ones", (version, list) => {
    expect(relayed(LIST, "application/json", RULES, version)).toBe(list);
  });

  it("filters nothing in log_only mode", () => {
    expect(filterFor("application/json", { ...RULES, tool_authorization_mode: "log_only" })).toBeUndefined();
  });
});
