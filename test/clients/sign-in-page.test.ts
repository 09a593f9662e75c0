// Accessibility of the local sign-in page: keyboard only, narrow screens, dark colours.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type LoopbackServer, startHttp } from "../support/loopback-server.ts";
import { discover, register } from "../support/oauth-requests.ts";
import { startChromium } from "./chromium.ts";
import { type DemoGateway, startDemoGateway } from "./demo-gateway.ts";

let demo: DemoGateway;
let browser: Browser;
let client: LoopbackServer;
let back: string;
let start: string;
let complaints: string[];

beforeAll(async () => {
  [demo, browser, client] = await Promise.all([
    startDemoGateway(),
    startChromium(),
    startHttp((_request, response) => response.writeHead(204).end()),
  ]);
  back = `http://127.0.0.1:${client.port}/callback`;
  const { authorization_endpoint, registration_endpoint } = await discover(demo.signIn.issuer);
  const metadata = { client_name: "Notes", redirect_uris: [back], token_endpoint_auth_method: "none" };
  const { client_id } = (await (await register(registration_endpoint, metadata)).json()) as {
    client_id: string;
  };
  const parameters = {
    response_type: "code",
    client_id,
    redirect_uri: back,
    resource: demo.endpoint("whoami"),
    scope: "openid offline_access",
    code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    code_challenge_method: "S256",
    prompt: "consent",
  };
  start = `${authorization_endpoint}?${new URLSearchParams(parameters)}`;
});
afterAll(async () => {
  await Promise.all([demo?.close(), browser?.close(), client?.close()]);
});
beforeEach(() => {
  complaints = [];
});

async function open(options: Parameters<Browser["newContext"]>[0] = {}): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage();
  page.on("console", (message) => complaints.push(message.text()));
  await page.goto(start);
  return page;
}

/** Whether the page overflows to the right. */
const isTooWide = (page: Page) =>
  page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth");

it("names the client and the scopes in a way that a screen reader can read", async () => {
  const page = await open();
  expect(await page.title()).toBe("Sign in to Notes");
  expect(await page.getByRole("heading").allTextContents()).toEqual(["Sign in"]);
  expect(await page.getByRole("main").textContent()).toContain(demo.endpoint("whoami"));
  await page
    .getByRole("group", { name: "Who is signing in?" })
    .getByRole("button", { name: "Frida" })
    .click();
  expect(await page.title()).toBe("Allow access for Notes");
  const terms = await page.getByRole("term").allTextContents();
  expect(terms).toEqual(["Client", "Access to", "Requested scopes", "Redirects to"]);
  expect(await page.getByRole("listitem").allTextContents()).toEqual([
    "openid know which account you use",
    "offline_access stay signed in",
  ]);
  const [request] = await Promise.all([
    page.waitForRequest(`${back}?*`),
    page.getByRole("button", { name: "Allow" }).click(),
  ]);
  expect(new URL(request.url()).searchParams.get("code")).toMatch(/.+/);
  expect(complaints).toEqual([]);
  await page.context().close();
});

it("can be used with only the keyboard", async () => {
  const page = await open();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  expect(await page.locator(":focus").textContent()).toContain("Petra Pro");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Allow" }).waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  const [request] = await Promise.all([page.waitForRequest(`${back}?*`), page.keyboard.press("Enter")]);
  expect(new URL(request.url()).searchParams.get("error")).toBe("access_denied");
  await page.context().close();
});

describe.each(["light", "dark"] as const)("in %s colours on a narrow screen", (colorScheme) => {
  it("fits the screen, with enough contrast", async () => {
    const page = await open({ colorScheme, viewport: { width: 320, height: 640 } });
    expect(await isTooWide(page)).toBe(false);
    await page.getByRole("button", { name: "Petra" }).click();
    expect(await isTooWide(page)).toBe(false);
    for (const selector of ["h1", "dt", "dd", ".line", "footer", "button.main"]) {
      expect([selector, (await contrast(page, selector)) >= 4.5]).toEqual([selector, true]);
    }
    await page.context().close();
  });
});

/** Contrast ratio of an element's text and background according to WCAG 2.2; small text needs 4.5. */
async function contrast(page: Page, selector: string): Promise<number> {
  const colours = (await page.evaluate(`(() => {
    const element = document.querySelector(${JSON.stringify(selector)});
    let behind = element;
    while (getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
    return [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor];
  })()`)) as string[];
  const [darker = 0, lighter = 0] = colours.map(luminance).sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [...colour.matchAll(/[\d.]+/g)].map(([part]) => {
    const share = Number(part) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
