// The deployed packages according to the lock file: few, pinned by hash, with permissive licences, and without install scripts.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { deployedPackages } from "../../infra/licences.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const { dependencies, devDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const packages = deployedPackages(ROOT);

describe("the packages that are deployed", () => {
  it("are few and include the direct dependencies", () => {
    expect(packages.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(dependencies)));
    expect(Object.keys(dependencies).length).toBeLessThanOrEqual(8);
    expect(packages.length).toBeLessThan(60);
  });

  it("have licences that require no more than a notice", () => {
    const others = packages.filter(
      ({ licence }) => !/^(?:Apache-2\.0|MIT|MIT-0|ISC|0BSD|BSD-[23]-Clause)$/.test(licence),
    );
    expect(others).toEqual([]);
  });

  it("have no install scripts", () => {
    expect(packages.filter(({ installScript }) => installScript)).toEqual([]);
  });

  it("are pinned by the SHA-512 of their content", () => {
    expect(packages.filter(({ pinned }) => !pinned)).toEqual([]);
  });
});

describe("package.json", () => {
  it("pins exact versions, including those of tools", () => {
    const ranges = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, version]) =>
        !/^(?:npm:[^@]*(?:@[^@]+\/[^@]+)?@?)?[^@]*\d+\.\d+\.\d+[\w.-]*$/.test(String(version)) ||
        /[\^~*><|x ]/.test(String(version).replace(/^npm:[^0-9]*/, "")),
    );
    expect(ranges).toEqual([]);
  });
});
