import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isLoopbackDocument } from "../../../local/sign-in/client-documents.ts";
import type { SignInServer } from "../../../local/sign-in/sign-in-server.ts";
import { startLocalSignIn } from "../../support/local-sign-in.ts";
import { closedPort, type LoopbackServer, startHttp, startHttps } from "../../support/loopback-server.ts";
import {
  authorizationRequest,
  discover,
  type Metadata,
  type TokenResponse,
  tokenRequest,
} from "../../support/oauth-requests.ts";
import { signInAs } from "../../support/sign-in-driver.ts";

const REDIRECT = "http://localhost:40001/callback";

let server: SignInServer;
let metadata: Metadata;
let documents: LoopbackServer;
let base: string;
const problems: string[] = [];
const served = new Map<string, { status?: number; body: string; location?: string }>();

beforeAll(async () => {
  documents = await startHttp((request, response) => {
    const published = served.get(request.url ?? "") ?? { status: 404, body: "" };
    if (published.location) response.setHeader("location", published.location);
    response.writeHead(published.status ?? 200, { "content-type": "application/json" }).end(published.body);
  });
  base = documents.origin;
  server = await startLocalSignIn({
    scopes: ["tools:read"],
    onProblem: (text) => problems.push(text),
  });
  metadata = await discover(server.issuer);
});
afterAll(async () => {
  await server.close();
  await documents.close();
});

function publish(path: string, change: Record<string, unknown> = {}): string {
  const clientId = base + path;
  const document = {
    client_id: clientId,
    client_name: "Document client",
    redirect_uris: [REDIRECT],
    ...change,
  };
  served.set(path, { body: JSON.stringify(document) });
  return clientId;
}

async function errorPageOf(clientId: string): Promise<string> {
  const { url } = authorizationRequest(metadata, clientId, REDIRECT);
  const response = await fetch(url, { redirect: "manual" });
  expect(response.status).toBe(400);
  return (await response.text()).replace(/\s+/g, " ");
}

describe("a client id that is a URL on loopback", () => {
  it("signs in, and the URL is the client id in the token", async () => {
    const clientId = publish("/client.json");
    const { url, verifier } = authorizationRequest(metadata, clientId, REDIRECT);
    const pages: string[] = [];
    const back = await signInAs(url, "free", { onPage: (page) => pages.push(page) });
    expect(pages.at(-1)).toContain("Allow Document client to use your account?");
    const response = await tokenRequest(metadata, {
      grant_type: "authorization_code",
      client_id: clientId,
      code: back.searchParams.get("code") ?? "",
      redirect_uri: REDIRECT,
      code_verifier: verifier,
    });
    const tokens = (await response.json()) as TokenResponse;
    expect(decodeJwt(tokens.access_token)).toMatchObject({ azp: clientId, client_id: clientId });
    expect(tokens.refresh_token).toEqual(expect.any(String));
  });

  it("is rejected for a redirect URI that the document does not name", async () => {
    const clientId = publish("/other.json", { redirect_uris: ["http://localhost:40001/elsewhere"] });
    expect(await errorPageOf(clientId)).toContain("redirect_uri");
  });

  it("is rejected if the document is of another client", async () => {
    const clientId = publish("/wrong.json", { client_id: `${base}/client.json` });
    expect(await errorPageOf(clientId)).toContain("must carry its own URL as client_id");
  });

  it.each([
    [{ client_secret: "s" }, "must not contain a client_secret"],
    [{ token_endpoint_auth_method: "client_secret_post" }, "cannot use a client secret: use none"],
  ])("is rejected when the document says %j", async (change, message) => {
    expect(await errorPageOf(publish("/secret.json", change))).toContain(message);
  });

  it("is rejected when the document is not JSON", async () => {
    served.set("/text.json", { body: "hello" });
    expect(await errorPageOf(`${base}/text.json`)).toContain("is not a JSON object");
  });

  it.each([
    ["missing", { status: 404, body: "" }],
    ["elsewhere", { status: 302, body: "", location: "/client.json" }],
    ["too large", { body: JSON.stringify({ filler: "x".repeat(6000) }) }],
  ])("is rejected when the document is %s", async (_case, tokens) => {
    served.set("/broken.json", tokens);
    expect(await errorPageOf(`${base}/broken.json`)).toContain("could not be fetched");
  });
});

describe("an unusable metadata document", () => {
  async function told(
    clientId: string,
    how: "page" | "token endpoint",
  ): Promise<{ page: string; terminal: string[] }> {
    problems.length = 0;
    if (how === "page") {
      const page = (await errorPageOf(clientId)).replaceAll("&#39;", "'");
      return { page, terminal: [...problems] };
    }
    const response = await tokenRequest(metadata, {
      ...{ grant_type: "authorization_code", client_id: clientId, code: "x", redirect_uri: REDIRECT },
    });
    expect(response.status).toBe(400);
    return { page: "", terminal: [...problems] };
  }

  const HINT = "run `npm start -- --no-cimd`";
  const UNRESOLVABLE = "https://client.invalid/oauth/client.json";

  it("is reported with its URL, cause and advice on the page and in the terminal: an unknown host", async () => {
    const { page, terminal } = await told(UNRESOLVABLE, "page");
    for (const text of [page, terminal.join()]) {
      expect(text).toContain(`The client id metadata document ${UNRESOLVABLE} could not be fetched: `);
      expect(text).toMatch(/ENOTFOUND|EAI_AGAIN|timeout/);
      expect(text).toContain(HINT);
    }
  });

  it("is reported in the terminal if the token endpoint needs it", async () => {
    const { terminal } = await told(UNRESOLVABLE, "token endpoint");
    expect(terminal.join()).toContain(
      `The client id metadata document ${UNRESOLVABLE} could not be fetched: `,
    );
  });

  it("is reported with its HTTP status, without the hint for machines without internet", async () => {
    served.set("/gone.json", { status: 410, body: "" });
    const { page, terminal } = await told(`${base}/gone.json`, "page");
    for (const text of [page, terminal.join()]) {
      expect(text).toContain(
        `The client id metadata document ${base}/gone.json could not be fetched: status 410.`,
      );
      expect(text).not.toContain(HINT);
    }
  });

  it("is reported if nothing listens there", async () => {
    const url = `http://127.0.0.1:${await closedPort()}/client.json`;
    const { page } = await told(url, "page");
    expect(page).toContain(`${url} could not be fetched: fetch failed: connect ECONNREFUSED`);
  });

  it("is reported if its certificate is not trusted", async () => {
    const { origin, close } = await startHttps(() => {});
    const { page } = await told(`${origin}/client.json`, "page");
    await close();
    expect(page).toMatch(/could not be fetched: fetch failed: .*certificate/);
  });

  it("is reported with its error", async () => {
    const url = publish("/faulty.json", { redirect_uris: [] });
    const { page, terminal } = await told(url, "page");
    for (const text of [page, terminal.join()]) {
      expect(text).toContain(`The client id metadata document ${url} is not valid: redirect_uris`);
    }
  });

  it("is not reported for a client id that is not a URL", async () => {
    const { page, terminal } = await told("unknown-client", "page");
    expect(page).toContain("invalid_client");
    expect(terminal).toEqual([]);
  });
});

describe("isLoopbackDocument", () => {
  it.each([
    "http://127.0.0.1:3000/client.json",
    "http://localhost/c",
    "https://localhost:8443/c",
    "http://[::1]:1/c",
  ])("accepts %s", (id) => expect(isLoopbackDocument(id)).toBe(true));

  it.each([
    "local-client",
    "https://client.example/c.json",
    "http://client.example/c.json",
    "http://127.0.0.1.client.example/c.json",
    "http://127.0.0.1:3000",
    "http://127.0.0.1:3000/",
    "http://127.0.0.1:3000/a/../c",
    "http://user@127.0.0.1:3000/c",
    "http://127.0.0.1:3000/c#x",
    "ftp://127.0.0.1/c",
  ])("rejects %s", (id) => expect(isLoopbackDocument(id)).toBe(false));
});
