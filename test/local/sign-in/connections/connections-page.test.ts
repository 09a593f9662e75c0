// The page to connect accounts, driven like a browser by its HTML forms.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type SignInServer, startSignIn } from "../../../../local/sign-in/sign-in-server.ts";
import { startLocalSignIn } from "../../../support/local-sign-in.ts";

const FRIDA = "U2fridaFree00000000000000001";
const FREE_TENANT = "T2freeTenant0000000000000001";

let server: SignInServer;
beforeEach(async () => {
  server = await startLocalSignIn({
    scopes: ["outbound.token.fetch"],
    connectionApps: [
      { appId: "notes", level: "user", scopes: ["notes:read"] },
      { appId: "calendar", level: "user_in_tenant", scopes: [] },
      { appId: "billing", level: "tenant", scopes: [] },
    ],
  });
});
afterEach(() => server.close());

async function page(): Promise<{ html: string; formKey: string }> {
  const html = await (await fetch(server.connectionsUrl)).text();
  return { html, formKey: /name="form_key" value="([^"]+)"/.exec(html)?.[1] ?? "" };
}

async function press(fields: Record<string, string>): Promise<number> {
  const { formKey } = await page();
  const body = new URLSearchParams({ form_key: formKey, ...fields });
  const response = await fetch(server.connectionsUrl, { method: "POST", body, redirect: "manual" });
  return response.status;
}

/** The value of the button with that text. */
async function button(text: string): Promise<Record<string, string>> {
  const { html } = await page();
  const buttons = [
    ...html.matchAll(/name="(connect|disconnect)" value="([^"]+)"><span class="who"><strong>([^<]+)/g),
  ];
  const found = buttons.find(([, , , label]) => label === text);
  if (found === undefined) throw new Error(`no button "${text}"`);
  return { [found[1] ?? ""]: found[2] ?? "" };
}

describe("the connections page", () => {
  it("is served at the URL of Descope's hosted flows, for any flow", async () => {
    expect(server.connectionsUrl).toBe(`${server.baseUrl}/P2test?flow=connections`);
    const response = await fetch(`${server.baseUrl}/P2test?flow=connect-notes`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(await response.text()).toContain("Connect Frida Free");
  });

  it("connects a person's account and disconnects it", async () => {
    const account = { appId: "notes", userId: FRIDA };
    expect(await press(await button("Connect Frida Free"))).toBe(303);
    expect(server.connections.token(account)?.scopes).toEqual(["notes:read"]);
    expect(await press(await button("Disconnect Frida Free"))).toBe(303);
    expect(server.connections.isConnected(account)).toBe(false);
  });

  it.each([
    ["Connect Frida Free at Free Choirs", { appId: "calendar", userId: FRIDA, tenantId: FREE_TENANT }],
    ["Connect Free Choirs", { appId: "billing", tenantId: FREE_TENANT }],
  ])("connects at the level of the app: %s", async (text, account) => {
    await press(await button(text));
    expect(server.connections.isConnected(account)).toBe(true);
  });

  it("sets the responses of the vault and the token endpoint", async () => {
    await press({ variant: "rate_limited", expiry_form: "rfc_3339", token_exchange: "access_denied" });
    expect([server.vault, server.exchange]).toEqual([
      { variant: "rate_limited", expiryForm: "rfc_3339" },
      { denial: "access_denied" },
    ]);
    const { html } = await page();
    expect(html).toContain('<option value="rate_limited" selected>rate limited</option>');
    await press({ variant: "ordinary", expiry_form: "zero", token_exchange: "permitted" });
    expect([server.vault, server.exchange]).toEqual([
      { variant: "ordinary", expiryForm: "zero" },
      { denial: undefined },
    ]);
  });

  it.each(["", "guess"])("rejects a form from another site, with the key %j", async (formKey) => {
    expect(await press({ ...(await button("Connect Frida Free")), form_key: formKey })).toBe(403);
    expect(server.connections.isConnected({ appId: "notes", userId: FRIDA })).toBe(false);
  });

  it("rejects values that are not on the page", async () => {
    await press({ connect: "notes#9", variant: "toString" });
    await press({ connect: "other#0", variant: "no" });
    expect(server.vault.variant).toBe("ordinary");
    expect(server.connections.token({ appId: "other", userId: FRIDA })).toBeUndefined();
  });
});

it("the connections page says if no server uses a Connection", async () => {
  const other = await startSignIn({
    ...{ projectId: "P2test", mcpServerId: "MS2test", resource: "http://127.0.0.1:8787" },
  });
  expect(await (await fetch(other.connectionsUrl)).text()).toContain("No server of this gateway uses");
  await other.close();
});
