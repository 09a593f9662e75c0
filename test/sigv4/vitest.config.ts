// `npm run test:sigv4`: what the gateway signs, checked by AWS's implementation in Python. A separate suite, because it needs Python.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: import.meta.dirname,
    globalSetup: "../support/temporary-folder.ts",
    include: ["**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 90_000,
  },
});
