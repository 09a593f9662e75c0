// One point to look at on a live deployment: what is expected there, what it needs, and what to do when it is otherwise.
import type { Target } from "./deployment-target.ts";

/**
 * What was seen: as expected, otherwise, or nothing because the server cannot show it. `actual` is said beside what was expected, and holds
 * no token and no claim's value; `todo` replaces the point's own advice.
 */
export type Seen = { readonly ok: boolean | "skipped"; readonly actual: string; readonly todo?: string };

/** A point to look at. */
export type DeploymentCheck = {
  readonly name: string;
  readonly expected: string;
  /** what to do when it is otherwise */
  readonly todo: string;
  /** what it cannot be looked at without */
  readonly needs?: readonly (keyof Target)[];
  look(target: Target): Promise<Seen>;
};

/** A point that can't be seen from outside: how to look at it by hand. */
export type ByHand = { readonly name: string; readonly expected: string; readonly todo: string };

/** What became of a point. */
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
  "There was no response to look at. Run it again; if that does not help, look at the proxy's log.";

/** Looks at one point; an error on the way is a failure of that point. */
export async function looked(check: DeploymentCheck, target: Target): Promise<CheckResult> {
  const { name, expected, todo, needs = [] } = check;
  const missing = needs.filter((key) => target[key] === undefined);
  if (missing.length > 0) {
    const options = missing.map((key) => OPTION_OF[key] ?? key).join(" and ");
    return { name, expected, todo, result: "skipped", actual: `not looked at without ${options}` };
  }
  try {
    const seen = await check.look(target);
    const result = seen.ok === "skipped" ? "skipped" : seen.ok ? "pass" : "fail";
    return { name, expected, todo: seen.todo ?? todo, result, actual: seen.actual };
  } catch (error) {
    return { name, expected, todo: NO_RESPONSE, result: "fail", actual: (error as Error).message };
  }
}
