// Requests for more scopes after `insufficient_scope`. API Gateway renames the challenge header of the proxy's 403 to
// x-amzn-remapped-www-authenticate, which no client reads. These tests show what each client does then, and what it does if a CDN in front
// of the gateway restores the name.
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newMemory } from "./client-memory.ts";
import { type DemoGateway, startDemoGateway } from "./demo-gateway.ts";
import { SDK_CLIENTS } from "./sdk-clients.ts";
import { finishSignIn, type SignIn, signedIn } from "./sign-in.ts";

let demo: DemoGateway;
let url: string;

beforeAll(async () => {
  const rules = { greet: { required_scopes: ["people:greet"] } };
  demo = await startDemoGateway({ servers: { whoami: { tool_authorization: rules } } });
  url = demo.endpoint("whoami");
});
afterAll(() => demo?.close());

const scopesOf = ({ memory }: SignIn) =>
  String(decodeJwt(memory.tokens?.access_token ?? "")["scope"]).split(" ");

/** Restores the header's name, as a response function of a CDN would. */
const renamed: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  const challenge = response.headers.get("x-amzn-remapped-www-authenticate");
  if (challenge === null) return response;
  const headers = new Headers(response.headers);
  headers.set("www-authenticate", challenge);
  return new Response(response.body, { status: response.status, headers });
};

const [modern, legacy, version1] = SDK_CLIENTS;

describe.each(SDK_CLIENTS)("$name, with the header as API Gateway sends it", (client) => {
  it("lists the tool, and its call fails with the scopes in the message", async () => {
    const signIn = { url, memory: newMemory() };
    const session = await signedIn(client, signIn);
    expect(await session.tools()).toContain("greet");
    const failure = await session.call("greet").catch((error: unknown) => error as Error);
    expect(String(failure)).toContain("people:greet");
    expect(client.isSignInNeeded(failure)).toBe(false);
    await session.close();
  });
});

describe.each([modern, legacy])("$name, with the header's own name", (client) => {
  it("sends its user to consent to the scope, and then calls the tool", async () => {
    if (client === undefined) throw new Error("no such client");
    const signIn = { url, memory: newMemory(), fetch: renamed };
    const session = await signedIn(client, signIn);
    expect(scopesOf(signIn)).not.toContain("people:greet");
    const failure = await session.call("greet").catch((error: unknown) => error);
    expect(client.isSignInNeeded(failure)).toBe(true);
    await finishSignIn(client, signIn, "pro");
    expect(scopesOf(signIn)).toEqual(expect.arrayContaining(["openid", "people:greet"]));
    expect(await session.call("greet")).toBe("Hello, Petra Pro!");
    await session.close();
  });
});

describe("@modelcontextprotocol/sdk 1.x, with the header's own name", () => {
  it("refreshes its token instead of requesting the scope, and fails", async () => {
    const signIn = { url, memory: newMemory(), fetch: renamed };
    const session = await signedIn(version1 as NonNullable<typeof version1>, signIn);
    await expect(session.call("greet")).rejects.toThrow("403 after trying upscoping");
    await session.close();
  });

  it("signs in for the scope if it has no refresh token", async () => {
    const client = version1 as NonNullable<typeof version1>;
    const signIn = { url, memory: newMemory(), fetch: renamed };
    const session = await signedIn(client, signIn);
    if (signIn.memory.tokens) delete signIn.memory.tokens.refresh_token;
    const failure = await session.call("greet").catch((error: unknown) => error);
    expect(client.isSignInNeeded(failure)).toBe(true);
    await finishSignIn(client, signIn, "pro");
    expect(scopesOf(signIn)).toContain("people:greet");
    expect(await session.call("greet")).toBe("Hello, Petra Pro!");
    await session.close();
  });
});

describe("a gateway whose metadata names the scopes of its tools", () => {
  let named: DemoGateway;
  beforeAll(async () => {
    named = await startDemoGateway({
      gateway: { scopes_supported: ["openid", "people:greet"] },
      servers: { whoami: { tool_authorization: { greet: { required_scopes: ["people:greet"] } } } },
    });
  });
  afterAll(() => named?.close());

  it.each(SDK_CLIENTS)("$name requests all of them in the first sign-in", async (client) => {
    const signIn = { url: named.endpoint("whoami"), memory: newMemory() };
    const session = await signedIn(client, signIn);
    expect(scopesOf(signIn)).toContain("people:greet");
    expect(await session.call("greet")).toBe("Hello, Petra Pro!");
    await session.close();
  });
});
