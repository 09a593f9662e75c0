// One check of a live deployment: the expected result, the options that it needs, and what to do if it fails.
import type { Target } from "./deployment-target.ts";

/**
 * The observation: passed, failed, or skipped because the server cannot show it. `actual` is printed next to the expected result and
 * contains no token and no claim value; `todo` replaces the check's own advice.
 */
export type Observation = {
  readonly ok: boolean | "skipped";
  readonly actual: string;
  readonly todo?: string;
};

export type DeploymentCheck = {
  readonly name: string;
  readonly expected: string;
  /** what to do if it fails */
  readonly todo: string;
  /** options that the check needs */
  readonly needs?: readonly (keyof Target)[];
  run(target: Target): Promise<Observation>;
};

/** A check that needs access to the account. */
export type ByHand = { readonly name: string; readonly expected: string; readonly todo: string };

export type CheckResult = {
  readonly name: string;
  readonly result: "pass" | "fail" | "skipped" | "by_hand";
  readonly expected: string;
  readonly actual: string;
  readonly todo: string;
};

const OPTION_OF: Readonly<Partial<Record<keyof Target, string>>> = {
  token: "--token-file",
  expiredToken: "--expired-token-file",
  deniedServer: "--denied-server",
  scopedTool: "--scoped-tool",
  streamServer: "--stream-server",
};

const NO_RESPONSE =
  "There was no response to check. Run it again; if the problem persists, see the proxy's log.";

/** Runs one check; an error makes it fail. */
export async function runCheck(check: DeploymentCheck, target: Target): Promise<CheckResult> {
  const { name, expected, todo, needs = [] } = check;
  const missing = needs.filter((key) => target[key] === undefined);
  if (missing.length > 0) {
    const options = missing.map((key) => OPTION_OF[key] ?? key).join(" and ");
    return { name, expected, todo, result: "skipped", actual: `not checked without ${options}` };
  }
  try {
    const seen = await check.run(target);
    const result = seen.ok === "skipped" ? "skipped" : seen.ok ? "pass" : "fail";
    return { name, expected, todo: seen.todo ?? todo, result, actual: seen.actual };
  } catch (error) {
    return { name, expected, todo: NO_RESPONSE, result: "fail", actual: (error as Error).message };
  }
}
