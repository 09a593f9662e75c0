import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { readGatewayFile, writeGatewayFile } from "../../../infra/local/gateway-file.ts";

const GATEWAY = {
  url: "http://127.0.0.1:8787",
  ssmEndpoint: "http://127.0.0.1:4566",
  prefix: "/mcp-gateway/local",
};

function newFile(): string {
  const dir = mkdtempSync(join(tmpdir(), "gateway-file-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return join(dir, ".local", "gateway.json");
}

it("is there while the gateway runs", () => {
  const file = newFile();
  const remove = writeGatewayFile(GATEWAY, file);
  expect(readGatewayFile(file)).toEqual(GATEWAY);
  remove();
  expect(existsSync(file)).toBe(false);
});

it("of a gateway started later is left alone", () => {
  const file = newFile();
  const remove = writeGatewayFile(GATEWAY, file);
  writeGatewayFile({ ...GATEWAY, url: "http://127.0.0.1:9000" }, file);
  remove();
  expect(readGatewayFile(file).url).toBe("http://127.0.0.1:9000");
});

it("says how to start a gateway where none runs", () => {
  expect(() => readGatewayFile(newFile())).toThrow("no local gateway is running. Start one with: npm start");
});
