// `npm run test:emulator`: the synthesised stack deployed into an AWS emulator. Separate from `npm test`, which needs no Python.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: "test/support/temporary-folder.ts",
    include: ["test/emulator/**/*.test.ts"],
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
});
