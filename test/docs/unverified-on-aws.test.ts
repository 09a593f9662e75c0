// docs/unverified-on-aws.md: every point names its checks of `verify-deployment`, and every check has a point.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { BY_HAND } from "../../cli/deployment-checks-by-hand.ts";
import { OPEN_CHECKS } from "../../cli/open-deployment-checks.ts";
import { EXPIRY_CHECK, TOKEN_CHECKS } from "../../cli/token-deployment-checks.ts";

const PAGE = readFileSync(new URL("../../docs/unverified-on-aws.md", import.meta.url), "utf8");
const LINES = [...OPEN_CHECKS, ...TOKEN_CHECKS, EXPIRY_CHECK, ...BY_HAND].map(({ name }) => name);
// What the local run and the end-to-end tests show as well as AWS could: looked at because it comes first where something is wrong.
const WITHOUT_A_POINT = ["health", "metadata of the server", "unknown server", "expired token"];

const POINTS = PAGE.slice(PAGE.indexOf("## API Gateway and Lambda"));
const named = POINTS.split("\n")
  .filter((row) => row.startsWith("| "))
  .map((row) => row.slice(2).split(" | ")[1] ?? "")
  .flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name))
  .filter((name) => !name.startsWith("npm "));

it("names a check of verify-deployment for each point", () => {
  expect(named.length).toBeGreaterThanOrEqual(15);
  expect(named.filter((name) => !LINES.includes(name))).toEqual([]);
});

it("has a point for each check of verify-deployment", () => {
  expect(LINES.filter((name) => !named.includes(name))).toEqual(WITHOUT_A_POINT);
});
