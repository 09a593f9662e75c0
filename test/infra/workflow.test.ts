// The workflow on GitHub: the same checks as .ci/run, nothing of other people's that can change under it.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const workflow = readFileSync(new URL("../../.github/workflows/ci.yml", import.meta.url), "utf8");

describe("the workflow", () => {
  it("pins every action by its commit", () => {
    const actions = [...workflow.matchAll(/uses: (\S+)/g)].map((match) => match[1]);
    expect(actions.length).toBeGreaterThan(0);
    for (const action of actions) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
  });

  it("runs .ci/run, and with a token that may only read", () => {
    expect(workflow).toMatch(/- run: \.ci\/run$/m);
    expect(workflow).toMatch(/^permissions:\n {2}contents: read$/m);
    expect(workflow).not.toMatch(/: write\b|secrets\./);
  });
});
