// The product's stack on this machine, from configuration to responses.
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { readConfigSource } from "../../infra/config-source.ts";
import type { ConfigEvent } from "../../local/config-watcher.ts";
import { type Demo, startDemo } from "../../local/demo.ts";
import { type LocalGateway, startGateway } from "../../local/gateway.ts";

// The whole stack is bundled and started, on machines that do other things as well.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 90_000 });

const EXAMPLE = join(import.meta.dirname, "../../config");

describe("the example configuration", () => {
  let directory: string;
  let gateway: LocalGateway;
  let demo: Demo;
  const events: ConfigEvent[] = [];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "gateway-"));
    await cp(EXAMPLE, directory, { recursive: true });
    gateway = await startGateway({
      configDir: directory,
      port: 0,
      overlay: async (publicUrl) => {
        demo = await startDemo(readConfigSource(directory), publicUrl, 0);
        return demo.overlay;
      },
      onConfig: (event) => events.push(event),
    });
  });
  afterAll(async () => {
    await Promise.all([gateway.close(), demo.close()]);
    await rm(directory, { recursive: true });
  });

  async function call(server: string, token: string | undefined) {
    return await fetch(`${gateway.url}/${server}/mcp`, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json, text/event-stream",
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
    });
  }

  test("is healthy", async () => {
    const response = await fetch(`${gateway.url}/health`);
    expect([response.status, await response.json()]).toEqual([200, { status: "ok" }]);
  });

  test("challenges a request without a token", async () => {
    const response = await call("whoami", undefined);
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toContain(`Bearer realm="${gateway.url}"`);
  });

  test("forwards a request of a user of the sign-in server to the upstream", async () => {
    const response = await call("whoami", await demo.signIn.issueToken({ user: "free" }));
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("pro_report");
  });

  test("applies an added and a removed server file while it runs", async () => {
    const token = await demo.signIn.issueToken({ user: "pro" });
    expect((await call("second", token)).status).toBe(404);
    const { url } = JSON.parse(gateway.parameters.get("/mcp-gateway/local/servers/whoami")?.Value ?? "{}");
    await writeFile(join(directory, "servers/second.json"), JSON.stringify({ url }));
    gateway.checkConfig();
    expect(events.at(-1)).toEqual({
      kind: "applied",
      changes: [{ name: "/mcp-gateway/local/servers/second", version: 1 }],
    });
    gateway.flushAuthorizerCache();
    while ((await call("second", token)).status !== 200) gateway.flushAuthorizerCache();
  });

  test("closes and leaves no child process", async () => {
    const pids = [...gateway.functions.values()].flatMap((each) => each.pids);
    expect(pids.length).toBeGreaterThanOrEqual(3);
    await gateway.close();
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    await expect(fetch(gateway.url)).rejects.toThrow();
  });
});

test("an invalid configuration does not start, and reports file, line and error", async () => {
  const directory = await mkdtemp(join(tmpdir(), "gateway-"));
  await cp(EXAMPLE, directory, { recursive: true });
  await writeFile(join(directory, "servers/whoami.json"), '{\n  "uri": "https://a.example.com/mcp"\n}');
  await expect(startGateway({ configDir: directory, port: 0 })).rejects.toThrow("servers/whoami.json:2");
  await rm(directory, { recursive: true });
});

test("the error about a missing folder names it", async () => {
  await expect(startGateway({ configDir: "/nowhere", port: 0 })).rejects.toThrow(
    "no such directory: /nowhere",
  );
});
