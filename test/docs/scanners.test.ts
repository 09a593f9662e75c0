// docs/scanners.md lists exactly the checks that have a setting or a reason.
import { readdirSync, readFileSync } from "node:fs";
import { Template } from "aws-cdk-lib/assertions";
import { expect, test } from "vitest";
import { contextSettings } from "../../infra/context-settings.ts";
import { addGateway, newApp } from "../../infra/gateway-app.ts";
import { settingsSchema } from "../../infra/settings/schema.ts";
import { GATEWAY_VARIANTS } from "../support/gateway-variants.ts";

const ROOT = new URL("../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), "utf8");
const PAGE = read("docs/scanners.md");

/** The cells of the rows below a table's header whose last cell is named so. */
function rows(lastColumn: "setting" | "reason"): string[][] {
  const [, table = ""] = PAGE.split(`| check | asks for | ${lastColumn} |\n`);
  const [body = ""] = table.split("\n\n");
  return body
    .split("\n")
    .slice(1)
    .map((row) => row.split("|").map((cell) => cell.trim()))
    .map(([, check = "", , last = ""]) => [check.replaceAll("`", ""), last]);
}

const unique = (texts: readonly string[]) => [...new Set(texts)].sort();

test("the page has a setting for each check that the scan of the defaults leaves out", () => {
  const skipped = /^settings=(.*)$/m.exec(read(".ci/lint-templates"))?.[1]?.split(",") ?? [];
  expect(
    rows("setting")
      .map(([check]) => check)
      .sort(),
  ).toEqual([...skipped].sort());
});

test("the settings on the page exist", () => {
  const named = rows("setting").flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name),
  );
  expect(named.filter((name) => name !== "false" && !(`${name}` in settingsSchema.entries))).toEqual([]);
});

test("the page has a reason for each check that a resource is exempt from", () => {
  const exempt = Object.values(GATEWAY_VARIANTS).flatMap((context) => {
    const app = newApp({ checks: false });
    app.node.setContext("aws:cdk:bundling-stacks", []);
    const template = Template.fromStack(addGateway(app, contextSettings({ context }))).toJSON();
    const resources = Object.values(template["Resources"] as Record<string, { Metadata?: object }>);
    return resources.flatMap(({ Metadata }) => {
      const { checkov } = (Metadata ?? {}) as { checkov?: { skip: { id: string }[] } };
      return checkov?.skip.map(({ id }) => id) ?? [];
    });
  });
  expect(
    rows("reason")
      .map(([check]) => check)
      .sort(),
  ).toEqual(unique(exempt));
});

test("the page has every rule of cdk-nag that a construct acknowledges", () => {
  const folder = "infra/constructs/";
  const sources = readdirSync(new URL(folder, ROOT)).map((file) => read(`${folder}${file}`));
  const rules = (text: string) => unique([...text.matchAll(/AwsSolutions-[A-Z]+\d+/g)].map(([rule]) => rule));
  expect(rules(PAGE)).toEqual(rules(sources.join("\n")));
});
