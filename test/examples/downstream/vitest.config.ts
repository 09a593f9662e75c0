// The example servers, which need Python and Go besides Node: a suite of its own, `npm run test:examples`.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/examples/downstream/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
