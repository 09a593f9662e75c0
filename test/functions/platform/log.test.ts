import { afterEach, expect, it, vi } from "vitest";
import { createLog } from "../../../functions/platform/log.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

it("writes one JSON object for each call, whatever its fields hold", () => {
  vi.stubEnv("POWERTOOLS_LOG_LEVEL", "DEBUG");
  // Makes the library write to the console that a test can read.
  vi.stubEnv("POWERTOOLS_DEV", "true");
  const lines: string[] = [];
  for (const method of ["log", "info", "warn", "error", "debug"] as const) {
    vi.spyOn(console, method).mockImplementation((line) => lines.push(String(line)));
  }
  const log = createLog("proxy");
  log.debug("one");
  log.info("two", { sub: 'U2"\n{"level":"FORGED"}' });
  log.warn("three", { reason: "token_expired" });
  log.error("four", { cause: { message: "x" } });
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: "DEBUG", message: "one", service: "mcp-gateway-proxy" },
    { level: "INFO", message: "two", sub: 'U2"\n{"level":"FORGED"}' },
    { level: "WARN", message: "three", reason: "token_expired" },
    { level: "ERROR", message: "four", cause: { message: "x" } },
  ]);
});
