import { afterEach, expect, it, vi } from "vitest";
import { createLog } from "../../../functions/platform/log.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

function linesOf(write: (log: ReturnType<typeof createLog>) => void): unknown[] {
  const lines: string[] = [];
  write(createLog("proxy", (line) => lines.push(line)));
  return lines.map((line) => {
    expect(line.indexOf("\n")).toBe(line.length - 1);
    return JSON.parse(line);
  });
}

it("writes one JSON object for each log call, whatever its fields contain", () => {
  const timestamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const service = "mcp-gateway-proxy";
  const lines = linesOf((log) => {
    log.info("one");
    log.info("two", { sub: 'U2"\n{"level":"FORGED"}', left_out: undefined });
    log.warn("three", { reason: "token_expired" });
    log.error("four", { cause: { message: "x" } });
  });
  expect(lines).toEqual([
    { level: "INFO", message: "one", timestamp, service },
    { level: "INFO", message: "two", timestamp, service, sub: 'U2"\n{"level":"FORGED"}' },
    { level: "WARN", message: "three", timestamp, service, reason: "token_expired" },
    { level: "ERROR", message: "four", timestamp, service, cause: { message: "x" } },
  ]);
});

it("escapes characters that a log viewer could read as a line break or a control sequence", () => {
  const lines: string[] = [];
  const fields = { name: "a\u0085b\u2028c\u202ed\u001b[2Je\u200bf" };
  createLog("proxy", (line) => lines.push(line)).info("x", fields);
  expect(lines).toEqual([expect.stringMatching(/^[\x20-\x7e]*\n$/)]);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject(fields);
});

it.each([
  ["TRACE", ["i", "w", "e"]],
  ["INFO", ["i", "w", "e"]],
  ["WARN", ["w", "e"]],
  ["ERROR", ["e"]],
  ["FATAL", []],
])("omits log lines below AWS_LAMBDA_LOG_LEVEL %s", (level, messages) => {
  vi.stubEnv("AWS_LAMBDA_LOG_LEVEL", level);
  const lines = linesOf((log) => {
    log.info("i");
    log.warn("w");
    log.error("e");
  });
  expect(lines.map((line) => (line as { message: string }).message)).toEqual(messages);
});

it("adds metrics to a log line as members", () => {
  const lines = linesOf((log) => {
    log.info("one", { a: 1 }, { b: { c: 2 } });
    log.warn("two", undefined, { b: 3 });
    log.error("three", { left_out: undefined }, { b: 4 });
  });
  expect(lines).toMatchObject([
    { a: 1, b: { c: 2 } },
    { message: "two", b: 3 },
    { message: "three", b: 4 },
  ]);
});

it("writes the trace id of the invocation into a log line", () => {
  const header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=557abcec3ee5a047;Sampled=1";
  vi.stubEnv("_X_AMZN_TRACE_ID", header);
  const [line] = linesOf((log) => log.info("one"));
  expect(line).toMatchObject({ xray_trace_id: "1-5759e988-bd862e3fe1be46a994272793" });
});
