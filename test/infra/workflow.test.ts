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

  it("runs .ci/run with a read-only token", () => {
    expect(workflow).toMatch(/- run: \.ci\/run$/m);
    expect(workflow).toMatch(/^permissions:\n {2}contents: read$/m);
    expect(workflow).not.toMatch(/: write\b|secrets\./);
  });
});

describe("the release workflow", () => {
  const release = readFileSync(new URL("../../.github/workflows/release.yml", import.meta.url), "utf8");

  it("runs only for tags, with actions pinned by their commit", () => {
    expect(release).toMatch(/^on:\n {2}push:\n {4}tags: \["v\*"\]\npermissions:/m);
    const actions = [...release.matchAll(/uses: (\S+)/g)].map((match) => match[1]);
    for (const action of actions) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
  });

  it("tests before it publishes, with provenance and without a secret", () => {
    const steps = [...release.matchAll(/- run: (.+)$/gm)].map((match) => match[1]);
    expect(steps.slice(-3)).toEqual([
      "npm run test:package",
      "npm audit signatures",
      "npm publish --provenance --access public",
    ]);
    expect(release).not.toMatch(/secrets\./);
  });
});
