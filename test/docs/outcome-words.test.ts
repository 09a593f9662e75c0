// The words for the gateway's decisions are the same in code, dashboard, alarms, saved queries and docs.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { DenialReason, ErrorReason } from "../../functions/core/error-response.ts";
import type { TokenDenialReason } from "../../functions/core/token-denial.ts";
import { gatewayErrorRows } from "../../infra/constructs/gateway-error-rows.ts";
import { configSource, resources, synthesise } from "../support/synthesised-template.ts";
import { TOKEN_DENIAL_REASONS } from "../support/token-denial-reasons.ts";

const page = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");
const OPERATIONS = page("operations.md");
const TROUBLESHOOTING = page("troubleshooting.md");

// The compiler holds this list to the closed ones of the code, in both directions.
const REASONS: Record<TokenDenialReason | ErrorReason | DenialReason, true> = {
  ...TOKEN_DENIAL_REASONS,
  principal_missing: true,
  unauthorized: true,
  unknown_server: true,
  not_found: true,
  configuration_unavailable: true,
  method_not_allowed: true,
  origin_not_allowed: true,
  unsupported_media_type: true,
  not_acceptable: true,
  request_too_large: true,
  not_json: true,
  not_a_request: true,
  batch_not_supported: true,
  header_mismatch: true,
  session_unknown: true,
  event_unknown: true,
  cursor_unknown: true,
  unknown_name: true,
  unknown_method: true,
  insufficient_scope: true,
  tenant_required: true,
  connection_required: true,
  connection_denied: true,
  exchange_denied: true,
  upstream_token_limited: true,
  upstream_token_unavailable: true,
  upstream_token_timeout: true,
  identity_too_large: true,
  identity_unavailable: true,
  downstream_unreachable: true,
  downstream_invalid_response: true,
  downstream_unauthorized: true,
  downstream_timeout: true,
  authorization_server_unavailable: true,
  internal_error: true,
  tool_denied: true,
  prompt_denied: true,
  resource_denied: true,
  method_denied: true,
  rate_limited: true,
  rate_limit_claim_missing: true,
  rate_limit_unavailable: true,
};

const words = (text: string) => [...text.matchAll(/`([a-z_]+)`/g)].map(([, word]) => String(word));
/** The first cells of the rows of the table that a heading cell begins. */
const firstCells = (text: string, heading: string) => {
  const table = text.split(`| ${heading} |`)[1]?.split("\n\n")[0] ?? "";
  return [...table.matchAll(/^\| (.+?) \|/gm)].map(([, cell]) => String(cell));
};

describe("docs/troubleshooting.md", () => {
  it("names every reason of the code and of API Gateway's own responses, and no other", () => {
    const listed = firstCells(TROUBLESHOOTING.split("## Every reason")[1] ?? "", "reasons").flatMap(words);
    const ofApiGateway = gatewayErrorRows("Authorization", false)
      .map(({ reason }) => reason)
      // The context of a Deny names the reason there.
      .filter((reason) => /^[a-z_]+$/.test(reason));
    expect(new Set(listed)).toEqual(new Set([...Object.keys(REASONS), ...ofApiGateway]));
    expect(listed).toHaveLength(new Set(listed).size);
  });

  it.each(["log says", "reason"])("explains under %j reasons that exist", (heading) => {
    const sections = TROUBLESHOOTING.split("## Every reason")[0]?.split(`| ${heading} |`).slice(1) ?? [];
    const named = sections.flatMap((section) =>
      firstCells(`| ${heading} |${section}`, heading).flatMap(words),
    );
    const others = named.filter(
      (word) => !Object.hasOwn(REASONS, word) && !["denied_rule", "denied_setting", "cause"].includes(word),
    );
    expect([named.length > 0, others]).toEqual([true, []]);
  });
});

describe("docs/operations.md", () => {
  const pinned = { notes: { tools: { pin: { search: `sha256-${"A".repeat(43)}` } } } };
  const source = configSource({ rate_limits: [{ name: "few", limit: 5, window: "1m" }] }, pinned);
  const template = synthesise({ configSource: source });
  const body = JSON.stringify(resources(template, "AWS::CloudWatch::Dashboard"));
  const titles = [...body.matchAll(/\\"title\\":\\"(.*?)\\"/g)].map(([, title]) => String(title));
  const alarms = Object.values(resources(template, "AWS::CloudWatch::Alarm")).map(({ AlarmName }) =>
    String(AlarmName).replace("mcp-gateway-dev-", ""),
  );

  it("shows the dashboard in a picture, and names the graphs that only gateways with rate limits or pinned tools have", () => {
    const picture = page("images/dashboard.svg");
    const texts = [...picture.matchAll(/>([^<]+)<\/text>/g)].map(([, text]) => String(text));
    expect(OPERATIONS).toContain("(images/dashboard.svg)");
    expect(titles.length).toBeGreaterThan(10);
    expect(titles.filter((title) => !texts.includes(title) && !OPERATIONS.includes(`*${title}*`))).toEqual(
      [],
    );
  });

  it("refers from alarms to graphs of the dashboard", () => {
    const table = OPERATIONS.split("| alarm | when |")[1]?.split("\n\n")[0] ?? "";
    const graphs = [...table.matchAll(/\*([^*]+)\*/g)].map(([, title]) => String(title));
    expect([graphs.length > 0, graphs.filter((title) => !titles.includes(title))]).toEqual([true, []]);
  });

  it("explains every alarm, and no other", () => {
    expect(
      firstCells(OPERATIONS, "alarm")
        .flatMap((cell) => cell.match(/\w+/) ?? [])
        .sort(),
    ).toEqual([...alarms].sort());
  });

  it("names the saved queries correctly", () => {
    const queries = Object.values(resources(template, "AWS::Logs::QueryDefinition")).map(({ Name }) =>
      String(Name).replace("mcp-gateway-dev/", ""),
    );
    for (const name of queries) expect(OPERATIONS).toContain(`*${name}*`);
  });
});
