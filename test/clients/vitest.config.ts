// `npm run test:clients`: clients made by others against the gateway as `npm start` runs it. One file after another: each has a
// gateway of its own with three function processes, some a browser too.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ["**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 90_000,
    hookTimeout: 90_000,
  },
});
