// A client in a web page of another origin, in a real browser: only the configured origins have access, from the challenge to a session.
import { join } from "node:path";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LoopbackServer, startHttp } from "../support/loopback-server.ts";
import { signInAs } from "../support/sign-in-driver.ts";
import { startChromium } from "./chromium.ts";
import { type DemoGateway, startDemoGateway } from "./demo-gateway.ts";
import type { PageClient } from "./page-client.ts";

declare const pageClient: PageClient;

let browser: Browser;
let pages: LoopbackServer;

beforeAll(async () => {
  const bundle = await build({
    entryPoints: [join(import.meta.dirname, "page-client.ts")],
    bundle: true,
    format: "iife",
    write: false,
  });
  pages = await startHttp((request, response) => {
    const script = request.url === "/client.js";
    response.writeHead(200, { "content-type": script ? "text/javascript" : "text/html" });
    response.end(script ? bundle.outputFiles[0]?.text : "<!doctype html><script src=client.js></script>");
  });
  browser = await startChromium();
});
afterAll(async () => {
  await browser?.close();
  await pages?.close();
});

async function openPage(): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(pages.origin);
  return page;
}

describe.each([
  ["the only one", []],
  ["one of two", ["https://app.example.com"]],
])("a page whose origin is allowed as %s", (_case, others) => {
  let demo: DemoGateway;
  beforeAll(async () => {
    demo = await startDemoGateway({ gateway: { allowed_origins: [pages.origin, ...others] } });
  });
  afterAll(() => demo?.close());

  it.each(["auto", "legacy"] as const)(
    "signs in and calls tools, with and without sessions (%s)",
    async (mode) => {
      const page = await openPage();
      const start = await page.evaluate((url) => pageClient.begin(url), demo.endpoint("whoami"));
      const { search } = await signInAs(start, "pro");
      const call = (server: string, tool: string) =>
        page.evaluate(([url, ...rest]) => pageClient.finish(url, ...rest), [
          demo.endpoint(server),
          search,
          mode,
          tool,
        ] as const);
      expect(JSON.parse(await call("whoami", "whoami")).claims).toMatchObject({ email: "petra@example.com" });
      expect(await call("everything", "log_messages")).toBe("Logged 8 messages.");
      await page.close();
    },
  );

  it("can read the challenge and the metadata", async () => {
    const page = await openPage();
    const seen = await page.evaluate(async (url) => {
      const response = await fetch(`${url}/whoami/mcp`, { method: "POST", body: "{}" });
      const metadata = await fetch(`${url}/.well-known/oauth-protected-resource/whoami/mcp`);
      const { resource } = (await metadata.json()) as { resource: string };
      return [response.status, response.headers.get("www-authenticate"), resource];
    }, demo.url);
    const challenge = `Bearer realm="${demo.url}"`;
    expect(seen).toEqual([401, challenge, `${demo.url}/whoami/mcp`]);
    await page.close();
  });
});

describe("a page whose origin is not allowed", () => {
  it("can read no response, and is denied even with a token", async () => {
    const demo = await startDemoGateway({ gateway: { allowed_origins: ["https://app.example.com"] } });
    const page = await openPage();
    const failure = page.evaluate((url) => pageClient.begin(url), demo.endpoint("whoami"));
    await expect(failure).rejects.toThrow("Failed to fetch");
    const token = await demo.signIn.issueToken({ user: "pro" });
    const headers = {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      origin: pages.origin,
    };
    const response = await fetch(demo.endpoint("whoami"), { method: "POST", headers, body: "{}" });
    expect(response.status).toBe(403);
    await page.close();
    await demo.close();
  });
});
