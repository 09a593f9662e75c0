import { expect, it } from "vitest";
import { configSource, resources, synthesise } from "../../support/synthesised-template.ts";

it("saves the queries for operators even if dashboard and alarms are turned off", () => {
  const template = synthesise({ alarms: false, dashboard: false });
  const queries = Object.values(resources(template, "AWS::Logs::QueryDefinition"));
  expect(queries.map(({ Name, LogGroupNames }) => [Name, (LogGroupNames as unknown[]).length])).toEqual([
    ["mcp-gateway-dev/who called this tool", 1],
    ["mcp-gateway-dev/why was this user denied", 2],
    ["mcp-gateway-dev/slowest servers", 1],
  ]);
  expect(queries.map(({ QueryString }) => QueryString)).toEqual([
    [
      "fields @timestamp, sub, tenant, client_id, server, decision, reason, status, request_id",
      '| filter message = "request"',
      '| filter mcp_method = "tools/call"',
      '| filter mcp_name = "<tool>"',
      "| sort @timestamp desc",
      "| limit 200",
    ].join("\n"),
    [
      "fields @timestamp, service, server, sub, reason, denied_rule, denied_setting, denied_claim, denied_scopes.0, claim, block_reason, expected, actual, mcp_method, mcp_name, cause, request_id",
      '| filter decision = "deny"',
      '| filter sub = "<user>"',
      "| sort @timestamp desc",
      "| limit 200",
    ].join("\n"),
    [
      'filter message = "request"',
      "| filter ispresent(downstream_ms)",
      "| stats count(*) as calls, pct(downstream_ms, 50) as p50, pct(downstream_ms, 95) as p95, max(downstream_ms) as longest by server, mcp_method",
      "| sort p95 desc",
      "| limit 50",
    ].join("\n"),
  ]);
});

it("saves the query for limited callers if there are rate limits", () => {
  const limited = configSource({}, { notes: { rate_limits: [{ name: "few", limit: 5, window: "1m" }] } });
  const queries = Object.values(
    resources(synthesise({ configSource: limited }), "AWS::Logs::QueryDefinition"),
  );
  expect(queries.at(-1)).toMatchObject({
    Name: "mcp-gateway-dev/who is being limited",
    QueryString: [
      'filter message = "request"',
      "| filter ispresent(rate_limit) or ispresent(rate_limits_would_deny.0)",
      "| stats count(*) as calls, max(@timestamp) as latest by rate_limit, rate_limits_would_deny.0, sub, tenant, client_id, server, mcp_name",
      "| sort calls desc",
      "| limit 200",
    ].join("\n"),
  });
});

it("saves the query for changed tools if tools are pinned", () => {
  const pinned = configSource({}, { notes: { tools: { pin: { search: `sha256-${"A".repeat(43)}` } } } });
  const queries = Object.values(
    resources(synthesise({ configSource: pinned }), "AWS::Logs::QueryDefinition"),
  );
  expect(queries.at(-1)).toMatchObject({
    Name: "mcp-gateway-dev/which tools have changed",
    QueryString: [
      'filter message = "request"',
      "| filter ispresent(changed_tools.0)",
      "| stats count(*) as lists, min(@timestamp) as first, max(@timestamp) as latest by server, changed_tools.0, changed_tools.1, changed_tools.2",
      "| sort latest desc",
      "| limit 200",
    ].join("\n"),
  });
});
