// `npm run test:conformance`: every suite against the conformance server, directly and through the local gateway.
// Fails on any difference and on an unexpected direct score. Writes docs/conformance.md.
// With `-- --direct URL --gateway URL --token TOKEN` it compares two running endpoints, and writes nothing.
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { differences, score } from "./compare.ts";
import { type Comparison, renderReport } from "./report.ts";
import { runSuite, type Target } from "./run-suite.ts";
import { startConformanceServer } from "./server.ts";
import { SUITES } from "./suites.ts";

const REPORT = new URL("../../docs/conformance.md", import.meta.url);

const { values: given } = parseArgs({
  options: { direct: { type: "string" }, gateway: { type: "string" }, token: { type: "string" } },
});

if (given.direct !== undefined && given.gateway !== undefined) {
  await compareAll({ url: given.direct }, { url: given.gateway, ...(given.token && { token: given.token }) });
} else if (given.direct !== undefined || given.gateway !== undefined) {
  console.error("Set both --direct URL and --gateway URL, or neither.");
  process.exitCode = 2;
} else {
  await compareOwn();
}

async function compareOwn(): Promise<void> {
  const downstream = await startConformanceServer();
  const { startGatewayUnderTest } = await import("./gateway-under-test.ts");
  const gateway = await startGatewayUnderTest(downstream.url);
  try {
    const comparisons = await compareAll({ url: downstream.url }, gateway.target);
    await writeFile(REPORT, renderReport(comparisons));
    for (const { suite, direct } of comparisons) {
      const { passed, failed } = score(...direct.values());
      if (passed === suite.expected.passed && failed === suite.expected.failed) continue;
      fail(`${suite.title}: expected ${suite.expected.passed} / ${suite.expected.failed} directly`);
    }
  } finally {
    await gateway.close();
    await downstream.close();
  }
}

async function compareAll(direct: Target, gateway: Target): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const suite of SUITES) {
    const comparison = {
      suite,
      direct: await runSuite(suite, direct),
      gateway: await runSuite(suite, gateway),
    };
    const [there, here] = [score(...comparison.direct.values()), score(...comparison.gateway.values())];
    console.log(suite.title);
    console.log(
      `  directly ${there.passed} / ${there.failed}, through the gateway ${here.passed} / ${here.failed}`,
    );
    for (const difference of differences(comparison.direct, comparison.gateway)) fail(difference);
    comparisons.push(comparison);
  }
  return comparisons;
}

function fail(message: string): void {
  console.error(`  ✗ ${message}`);
  process.exitCode = 1;
}
