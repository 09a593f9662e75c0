// `npm run test:package`: the package as npm packs it, installed into empty folders outside the repository. Needs the npm registry.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: import.meta.dirname,
    globalSetup: "../support/temporary-folder.ts",
    include: ["**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 600_000,
  },
});
