import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { readGatewayFile, writeGatewayFile } from "../../cli/local-gateway-file.ts";

const GATEWAY = {
  url: "http://127.0.0.1:8787",
  ssmEndpoint: "http://127.0.0.1:4566",
  prefix: "/mcp-gateway/local",
  configDir: "/config",
  overlay: { publicUrl: "http://127.0.0.1:8787" },
  pid: process.pid,
};
const OTHER = { ...GATEWAY, url: "http://127.0.0.1:9000/local" };
// Above every process id of Linux.
const NO_PROCESS = 2 ** 22 + 1;

function newFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), "gateway-file-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return join(dir, ".local", "gateways");
}

it("finds the only running gateway until it exits", () => {
  const folder = newFolder();
  const remove = writeGatewayFile("8787", GATEWAY, folder);
  expect(readGatewayFile(undefined, folder)).toEqual(GATEWAY);
  remove();
  expect(readdirSync(folder)).toEqual([]);
});

it("requires the port if two gateways run, and finds each by it", () => {
  const folder = newFolder();
  writeGatewayFile("8787", GATEWAY, folder);
  const remove = writeGatewayFile("9000", OTHER, folder);
  expect(() => readGatewayFile(undefined, folder)).toThrow(
    "2 local gateways are running, on the ports 8787 and 9000. Choose one with --port",
  );
  expect([readGatewayFile(8787, folder), readGatewayFile(9000, folder)]).toEqual([GATEWAY, OTHER]);
  expect(() => readGatewayFile(1, folder)).toThrow(
    "no local gateway is running on port 1, but on 8787 and 9000",
  );
  remove();
  expect(readGatewayFile(undefined, folder)).toEqual(GATEWAY);
});

it("ignores the file of a killed gateway", () => {
  const folder = newFolder();
  writeGatewayFile("9000", { ...OTHER, pid: NO_PROCESS }, folder);
  expect(() => readGatewayFile(undefined, folder)).toThrow(
    "no local gateway is running. Start one with: npm start",
  );
  writeGatewayFile("8787", GATEWAY, folder);
  expect(readGatewayFile(undefined, folder)).toEqual(GATEWAY);
});

it("says how to start a gateway if none runs", () => {
  expect(() => readGatewayFile(undefined, newFolder())).toThrow(
    "no local gateway is running. Start one with: npm start",
  );
});
