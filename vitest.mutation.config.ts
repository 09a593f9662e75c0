// The tests that mutants of functions/core are tried on: those of the core alone, since they are fast and prove it by themselves.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["test/functions/core/**/*.test.ts"], testTimeout: 20_000 },
});
