// The MCP Inspector's web page in a real browser, which knows only the URL: its user signs in, consents, and calls a tool.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { closedPort } from "../support/loopback-server.ts";
import { startChromium } from "./chromium.ts";
import { type ClientHome, clientHome } from "./client-home.ts";
import { type DemoGateway, startDemoGateway } from "./demo-gateway.ts";
import { INSPECTOR } from "./program-clients.ts";

let demo: DemoGateway;
let browser: Browser;
let home: ClientHome | undefined;
let program: ChildProcess | undefined;

beforeAll(async () => {
  [demo, browser] = await Promise.all([startDemoGateway(), startChromium()]);
});
afterAll(async () => {
  await Promise.all([demo?.close(), browser?.close()]);
});
afterEach(async () => {
  if (program?.exitCode === null && program.signalCode === null) {
    program.kill("SIGKILL");
    await once(program, "exit");
  }
  home?.remove();
});

/** Starts the inspector on a server and opens its page. */
async function openInspector(server: string): Promise<Page> {
  home = clientHome("pro");
  const [clientPort, sandboxPort] = [await closedPort(), await closedPort()];
  program = spawn(
    process.execPath,
    [INSPECTOR, "--web", "--server-url", demo.endpoint(server), "--transport", "http"],
    {
      env: {
        ...home.environment,
        CLIENT_PORT: String(clientPort),
        MCP_SANDBOX_PORT: String(sandboxPort),
        MCP_AUTO_OPEN_ENABLED: "false",
        MCP_INSPECTOR_SECRET_STORE: "memory",
      },
      stdio: ["ignore", "pipe", "ignore"],
    },
  );
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  await page.goto(await printedUrl(program));
  return page;
}

async function printedUrl(from: ChildProcess): Promise<string> {
  let output = "";
  for await (const chunk of from.stdout ?? []) {
    output += chunk;
    const url = /http:\/\/\S+MCP_INSPECTOR_API_TOKEN=\S+/.exec(output)?.[0];
    if (url !== undefined) return url;
  }
  throw new Error(`the inspector ended: ${output}`);
}

it.each([
  ["Frida Free", "frida@example.com"],
  ["Petra Pro", "petra@example.com"],
])("signs in as %s and calls a tool", async (name, email) => {
  const page = await openInspector("whoami");
  await page.getByRole("switch", { name: /^Connect or disconnect/ }).click({ force: true });
  await page.getByRole("button", { name }).click();
  await page.getByRole("button", { name: "Allow" }).click();
  await page.getByText("Tools", { exact: true }).click();
  await page.getByRole("button", { name: "Who am I" }).click();
  await page.getByRole("button", { name: "Execute Tool" }).click();
  await page.getByText(email).first().waitFor();
  expect(demo.requests.at(-1)).toMatchObject({ status: 200, name: "whoami" });
  await page.context().close();
});

it("shows that the user denied access", async () => {
  const page = await openInspector("whoami");
  await page.getByRole("switch", { name: /^Connect or disconnect/ }).click({ force: true });
  await page.getByRole("button", { name: "Petra Pro" }).click();
  await page.getByRole("button", { name: "Deny" }).click();
  await page
    .getByText(/access_denied|did not allow/)
    .first()
    .waitFor();
  await page.context().close();
});
