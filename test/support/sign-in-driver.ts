// A minimal browser: follows an authorization request through the local sign-in server's pages, keeps
// cookies by path, submits the forms as they stand in the HTML, and stops where the client takes over.

export type SignInChoices = {
  /** false: Deny on the consent page. */
  readonly consent?: boolean;
  /** Cookies of earlier sign-ins in the same browser; default: a new browser. */
  readonly jar?: CookieJar;
  /** Called with the HTML of every page on the way. */
  readonly onPage?: (html: string, response: Response) => void;
};

type Field = { name: string; value: string };
type Form = { action: string; buttons: Field[]; checked: Field[] };

/** Cookies of one origin, matched by path (RFC 6265 section 5.1.4, as far as these pages need it). */
export class CookieJar {
  readonly #cookies = new Map<string, { pair: string; path: string }>();

  header(path: string): string {
    const matching = [...this.#cookies.values()].filter((cookie) => covers(cookie.path, path));
    return matching.map((cookie) => cookie.pair).join("; ");
  }

  keep(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [pair = "", ...attributes] = line.split(/; */);
      const path = attributes.find((item) => item.toLowerCase().startsWith("path="))?.slice(5) ?? "/";
      const key = `${pair.slice(0, pair.indexOf("="))} ${path}`;
      const expired = /expires=Thu, 01 Jan 1970/i.test(line);
      if (expired) this.#cookies.delete(key);
      else this.#cookies.set(key, { pair, path });
    }
  }
}

function covers(cookiePath: string, path: string): boolean {
  return path === cookiePath || path.startsWith(cookiePath.endsWith("/") ? cookiePath : `${cookiePath}/`);
}

/**
 * Signs in as one of the local users.
 * @returns the redirect back to the client, with `code` (or `error`) in it; it is not followed.
 */
export async function signInAs(
  authorizationUrl: string | URL,
  user: "free" | "pro",
  { consent = true, jar = new CookieJar(), onPage }: SignInChoices = {},
): Promise<URL> {
  let url = new URL(authorizationUrl);
  const { origin } = url;
  let form: URLSearchParams | undefined;
  for (let step = 0; step < 12; step += 1) {
    const response = await request(jar, url, form);
    const location = response.headers.get("location");
    if (location !== null) {
      url = new URL(location, url);
      form = undefined;
      if (url.origin !== origin) return url;
      continue;
    }
    const page = await response.text();
    onPage?.(page, response);
    if (!response.ok) throw new Error(`${url.pathname} returned ${response.status}: ${textOf(page)}`);
    const next = formOf(page);
    url = new URL(next.action, url);
    const boxes = next.checked.map(({ name, value }) => [name, value] as [string, string]);
    form = new URLSearchParams([...boxes, pressed(next, user, consent)]);
  }
  throw new Error(`the sign-in did not end; last page: ${url.href}`);
}

async function request(jar: CookieJar, url: URL, form: URLSearchParams | undefined): Promise<Response> {
  const headers = { accept: "text/html", cookie: jar.header(url.pathname) };
  const post = form ? { method: "POST", body: form } : {};
  const response = await fetch(url, { headers, redirect: "manual", ...post });
  jar.keep(response);
  return response;
}

function formOf(page: string): Form {
  const form = /<form method="post" action="([^"]+)">(.*?)<\/form>/s.exec(page);
  if (!form?.[1] || !form[2]) throw new Error(`no form on the page: ${textOf(page)}`);
  const buttons = [...form[2].matchAll(/<button[^>]*? name="([^"]+)" value="([^"]+)"/g)];
  const checked = [...form[2].matchAll(/<input type="checkbox" name="([^"]+)" value="([^"]+)" checked>/g)];
  return {
    action: form[1],
    checked: checked.map(([, name = "", value = ""]) => ({ name, value })),
    buttons: buttons.map(([, name = "", value = ""]) => ({ name, value })),
  };
}

function pressed({ buttons }: Form, user: string, consent: boolean): [string, string] {
  const decision = consent ? "approve" : "deny";
  const button =
    buttons.find(({ name, value }) => name === "user" && value === user) ??
    buttons.find(({ name, value }) => name === "decision" && value === decision);
  if (!button) throw new Error(`no button for ${user} or ${decision} among ${JSON.stringify(buttons)}`);
  return [button.name, button.value];
}

function textOf(page: string): string {
  const body = /<main>(.*?)<\/main>/s.exec(page)?.[1] ?? page;
  return body
    .replace(/<[^>]+>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}
