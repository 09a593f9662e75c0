import { expect, it } from "vitest";
import { missingLocalPackages } from "../../local/local-packages.ts";

const notFound = Object.assign(new Error("Cannot find package 'oidc-provider'"), {
  code: "ERR_MODULE_NOT_FOUND",
});

it("says how to install the packages that only a local run needs", () => {
  expect(missingLocalPackages(notFound)?.message).toMatch(
    /^The local run needs packages that a deployment does not\. Install them: npm install --save-dev @modelcontextprotocol\/node@\^[\d.]+ @modelcontextprotocol\/server@\^[\d.]+ @noble\/curves@\^[\d.]+ dynalite@\^[\d.]+ oidc-provider@\^[\d.]+ zod@\^[\d.]+$/,
  );
});

it("says nothing about packages for other errors", () => {
  expect(missingLocalPackages(new Error("port taken"))).toBeUndefined();
});
