// Which suites are run, with which version of the tool, and what a server that does everything scores in them.

/** One run of the conformance tool against one URL. */
export type Suite = {
  /** Heading in the report. */
  title: string;
  /** The dev dependency that holds this version of the tool. */
  tool: "conformance-0.1" | "conformance-0.2";
  args: readonly string[];
  /** What the conformance server scores directly; another number means that the fixture, not the gateway, broke. */
  expected: { passed: number; failed: number };
};

/** In the order of the report. */
export const SUITES: readonly Suite[] = [
  {
    title: "conformance 0.1.16, suite `active`",
    tool: "conformance-0.1",
    args: ["--suite", "active"],
    expected: { passed: 40, failed: 0 },
  },
  {
    title: "conformance 0.1.16, suite `all`",
    tool: "conformance-0.1",
    args: ["--suite", "all"],
    expected: { passed: 44, failed: 0 },
  },
  {
    title: "conformance 0.2.0-alpha.12, requirements of 2025-11-25",
    tool: "conformance-0.2",
    args: ["--requirements", "2025-11-25"],
    expected: { passed: 84, failed: 0 },
  },
  {
    title: "conformance 0.2.0-alpha.12, requirements of 2026-07-28",
    tool: "conformance-0.2",
    args: ["--requirements", "2026-07-28"],
    // The 30 are the checks of the tasks extension, which the SDK does not have; no revision requires it.
    expected: { passed: 164, failed: 30 },
  },
];
