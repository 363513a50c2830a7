import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    maxWorkers: 3, // on two cores: the tests of pages wait a third of their time
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
