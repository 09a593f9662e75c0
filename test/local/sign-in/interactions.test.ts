import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SignInServer } from "../../../local/sign-in/sign-in-server.ts";
import { startLocalSignIn } from "../../support/local-sign-in.ts";
import { authorizationRequest, discover, type Metadata, register } from "../../support/oauth-requests.ts";
import { CookieJar, signInAs } from "../../support/sign-in-driver.ts";

let server: SignInServer;
let metadata: Metadata;

beforeAll(async () => {
  server = await startLocalSignIn({
    scopes: ["tools:read"],
  });
  metadata = await discover(server.issuer);
});
afterAll(() => server.close());

type Seen = { html: string; headers: Headers };

async function pages(clientName: string, redirectUri: string, params = {}): Promise<[Seen, Seen]> {
  const fields = {
    client_name: clientName,
    redirect_uris: [redirectUri],
    token_endpoint_auth_method: "none",
  };
  const response = await register(metadata.registration_endpoint, fields);
  const { client_id } = (await response.json()) as { client_id: string };
  const seen: Seen[] = [];
  const { url } = authorizationRequest(metadata, client_id, redirectUri, params);
  await signInAs(url, "free", { onPage: (html, { headers }) => seen.push({ html, headers }) });
  return seen as [Seen, Seen];
}

const directive = ({ headers }: Seen, name: string) =>
  headers
    .get("content-security-policy")
    ?.split("; ")
    .find((part) => part.startsWith(`${name} `));

describe("the login and consent pages", () => {
  it("show the client, the resource, and a choice of two users", async () => {
    const resource = "http://127.0.0.1:8787/whoami/mcp";
    const [login] = await pages("Test client", "http://127.0.0.1:1/cb", { resource });
    expect(login.html).toContain("<strong>Test client</strong> requests access to");
    expect(login.html).toContain(`<code>${resource}</code>`);
    expect(login.html).toContain("<legend>Who is signing in?</legend>");
    expect(login.html).toContain("<strong>Frida Free</strong>");
    expect(login.html).toContain("<strong>Petra Pro</strong>");
  });

  it("show the user, the scopes and the redirect URI before access is allowed", async () => {
    const [, consent] = await pages("Test client", "http://127.0.0.1:1/cb", {
      scope: "openid tools:read unknown",
    });
    expect(consent.html).toContain("Signed in as");
    expect(consent.html).toContain("<strong>Frida Free</strong>");
    expect(consent.html).toContain("<li><code>openid</code> <span>know which account you use</span></li>");
    expect(consent.html).toContain("<li><code>tools:read</code></li>");
    expect(consent.html).not.toContain("unknown");
    expect(consent.html).toContain("<code>http://127.0.0.1:1/cb</code>");
  });

  it("escape the client's metadata", async () => {
    const [login, consent] = await pages("<script>alert('x')</script>&\"", "http://127.0.0.1:1/cb");
    for (const { html } of [login, consent]) {
      expect(html).not.toContain("<script");
      expect(html).toContain("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;");
    }
  });

  it("allow no scripts, frames or external resources, and only the inline style sheet", async () => {
    const seen = await pages("Test client", "http://127.0.0.1:1/cb");
    for (const page of seen) {
      const style = /<style>(.*?)<\/style>/s.exec(page.html)?.[1] ?? "";
      const hash = createHash("sha256").update(style).digest("base64");
      expect(directive(page, "default-src")).toBe("default-src 'none'");
      expect(directive(page, "style-src")).toBe(`style-src 'sha256-${hash}'`);
      expect(directive(page, "frame-ancestors")).toBe("frame-ancestors 'none'");
      expect(page.html).not.toMatch(/(?:src|href)=/);
      expect(page.headers.get("cache-control")).toBe("no-store");
    }
  });

  it.each([
    ["http://127.0.0.1:33418/cb", "http://127.0.0.1:33418"],
    ["http://[::1]:33418/cb", "http:"],
    ["https://vscode.dev/redirect", "https://vscode.dev"],
    ["cursor://anysphere.cursor-mcp/oauth/callback", "cursor:"],
  ])("let the browser follow the form's redirect to %s", async (redirectUri, target) => {
    const [login, consent] = await pages("Test client", redirectUri);
    expect(directive(login, "form-action")).toBe(`form-action 'self' ${target}`);
    expect(directive(consent, "form-action")).toBe(`form-action 'self' ${target}`);
  });

  it("are shown again if the form is sent without a choice", async () => {
    const { url } = authorizationRequest(metadata, "local-client", "http://127.0.0.1:1/callback");
    const jar = new CookieJar();
    const first = await fetch(url, { redirect: "manual" });
    jar.keep(first);
    const page = new URL(first.headers.get("location") ?? "", url);
    const again = await fetch(page, {
      method: "POST",
      headers: { cookie: jar.header(page.pathname) },
      body: new URLSearchParams({ user: "unknown" }),
    });
    expect(again.status).toBe(200);
    expect(await again.text()).toContain("Who is signing in?");
  });

  it("are not served to a browser without the cookie of this sign-in", async () => {
    const { url } = authorizationRequest(metadata, "local-client", "http://127.0.0.1:1/callback");
    const first = await fetch(url, { redirect: "manual" });
    const page = new URL(first.headers.get("location") ?? "", url);
    const stranger = await fetch(page, { method: "POST", body: new URLSearchParams({ user: "pro" }) });
    expect(stranger.status).toBe(400);
    expect(await stranger.text()).toContain("This sign-in has expired or was opened in another browser.");
  });

  it("show the error if it cannot be returned to a client", async () => {
    const { url } = authorizationRequest(metadata, "unknown", "http://127.0.0.1:1/callback");
    const response = await fetch(url, { headers: { accept: "text/html" } });
    expect(response.status).toBe(400);
    const text = await response.text();
    expect(text).toContain("<h1>Sign-in stopped</h1>");
    expect(text).toContain("<code>invalid_client</code>");
  });
});
