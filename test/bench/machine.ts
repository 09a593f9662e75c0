// The machine and the versions that figures belong to.
import { readFileSync } from "node:fs";
import { arch, cpus, loadavg, platform, release, totalmem } from "node:os";
import { join } from "node:path";
import { apacheVersion } from "./peers/apache.ts";
import { haproxyVersion } from "./peers/haproxy.ts";

/** What a run's figures depend on besides the code. */
export function describeMachine(): Record<string, string> {
  const packageAt = (...path: string[]) =>
    JSON.parse(readFileSync(join(import.meta.dirname, ...path, "package.json"), "utf8"));
  const { dependencies, devDependencies } = packageAt("..", "..");
  const versions = { ...packageAt("peers").dependencies, ...dependencies, ...devDependencies };
  const versionOf = (name: string) => String(versions[name]);
  return {
    cpu: `${cpus().length} x ${cpus()[0]?.model.trim()}, ${arch()}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GB`,
    system: `${platform()} ${release()}`,
    load: loadavg()
      .map((value) => value.toFixed(1))
      .join(" "),
    node: process.versions.node,
    jose: versionOf("jose"),
    "aws-jwt-verify": versionOf("aws-jwt-verify"),
    "@modelcontextprotocol/sdk": versionOf("@modelcontextprotocol/sdk"),
    "mcp-proxy": versionOf("mcp-proxy"),
    haproxy: haproxyVersion() ?? "not installed",
    apache: apacheVersion() ?? "not installed",
  };
}
