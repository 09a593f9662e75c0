// `npm run test:faults`: every outside part of the gateway fails in every way. Takes as long as the gateway's own time limits.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: import.meta.dirname,
    globalSetup: "../support/temporary-folder.ts",
    include: ["**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 3,
  },
});
