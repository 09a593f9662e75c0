import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: "test/support/temporary-folder.ts",
    include: ["test/**/*.test.ts"],
    exclude: [
      "test/clients/**",
      "test/examples/downstream/**",
      "test/bench/**",
      "test/emulator/**",
      "test/faults/**",
      "test/sigv4/**",
      "test/package/**",
    ],
    // Ends tests that hang. No test needs this long, even with coverage on a busy machine.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Most of the time is spent waiting for processes and sockets.
    maxWorkers: "100%",
    coverage: {
      provider: "v8",
      include: ["functions/core/**/*.ts"],
      thresholds: { branches: 100, functions: 100, lines: 100, statements: 100 },
    },
  },
});
