import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isLoopbackDocument } from "../../../../infra/local/sign-in/client-documents.ts";
import { type SignInServer, startSignIn } from "../../../../infra/local/sign-in/sign-in-server.ts";
import {
  authorizationRequest,
  discover,
  type Metadata,
  type TokenAnswer,
  tokenRequest,
} from "../../../support/oauth-requests.ts";
import { signInAs } from "../../../support/sign-in-driver.ts";

const REDIRECT = "http://localhost:40001/callback";

let server: SignInServer;
let metadata: Metadata;
let documents: Server;
let base: string;
const served = new Map<string, { status?: number; body: string; location?: string }>();

beforeAll(async () => {
  documents = createServer((request, response) => {
    const answer = served.get(request.url ?? "") ?? { status: 404, body: "" };
    if (answer.location) response.setHeader("location", answer.location);
    response.writeHead(answer.status ?? 200, { "content-type": "application/json" }).end(answer.body);
  });
  await new Promise<void>((resolve) => documents.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(documents.address() as AddressInfo).port}`;
  server = await startSignIn({
    projectId: "P2test",
    mcpServerId: "MS2test",
    resource: "http://127.0.0.1:8787",
    resources: ["http://127.0.0.1:8787"],
    scopes: ["tools:read"],
  });
  metadata = await discover(server.issuer);
});
afterAll(async () => {
  await server.close();
  documents.close();
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

async function refusal(clientId: string): Promise<string> {
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
    const answer = (await response.json()) as TokenAnswer;
    expect(decodeJwt(answer.access_token)).toMatchObject({ azp: clientId, client_id: clientId });
    expect(answer.refresh_token).toEqual(expect.any(String));
  });

  it("is refused for a redirect URI that the document does not name", async () => {
    const clientId = publish("/other.json", { redirect_uris: ["http://localhost:40001/elsewhere"] });
    expect(await refusal(clientId)).toContain("redirect_uri");
  });

  it("is refused when the document is of another client", async () => {
    const clientId = publish("/wrong.json", { client_id: `${base}/client.json` });
    expect(await refusal(clientId)).toContain("must carry its own URL as client_id");
  });

  it.each([
    [{ client_secret: "s" }, "must not contain a client_secret"],
    [{ token_endpoint_auth_method: "client_secret_post" }, "cannot use a client secret: use none"],
  ])("is refused when the document says %j", async (change, message) => {
    expect(await refusal(publish("/secret.json", change))).toContain(message);
  });

  it("is refused when the document is not JSON", async () => {
    served.set("/text.json", { body: "hello" });
    expect(await refusal(`${base}/text.json`)).toContain("is not a JSON object");
  });

  it.each([
    ["missing", { status: 404, body: "" }],
    ["elsewhere", { status: 302, body: "", location: "/client.json" }],
    ["too large", { body: JSON.stringify({ filler: "x".repeat(6000) }) }],
  ])("is refused when the document is %s", async (_case, answer) => {
    served.set("/broken.json", answer);
    expect(await refusal(`${base}/broken.json`)).toContain("could not be fetched");
  });
});

describe("isLoopbackDocument", () => {
  it.each([
    "http://127.0.0.1:3000/client.json",
    "http://localhost/c",
    "https://localhost:8443/c",
    "http://[::1]:1/c",
  ])("takes %s", (id) => expect(isLoopbackDocument(id)).toBe(true));

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
  ])("leaves %s alone", (id) => expect(isLoopbackDocument(id)).toBe(false));
});
