// `npm run test:clients`: third-party clients against the gateway as `npm start` runs it. The files run one after another, because each
// starts a gateway with three function processes, and some a browser.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: import.meta.dirname,
    globalSetup: "../support/temporary-folder.ts",
    include: ["**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 90_000,
    hookTimeout: 90_000,
  },
});
