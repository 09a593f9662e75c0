// The official TypeScript SDKs with the gateway behind CloudFront, as `--edge` simulates it: they sign in with only the URL, and use the
// challenge of a 403 for more scopes, each in its way.
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newMemory } from "./client-memory.ts";
import { type DemoGateway, GREET_REQUIRES_SCOPE, startDemoGateway } from "./demo-gateway.ts";
import { SDK_CLIENTS, type SdkClient, type Session } from "./sdk-clients.ts";
import { finishSignIn, type SignIn, signedIn } from "./sign-in.ts";

let demo: DemoGateway;

beforeAll(async () => {
  demo = await startDemoGateway({ edge: true, servers: GREET_REQUIRES_SCOPE });
});
afterAll(() => demo?.close());

const scopesOf = ({ memory }: SignIn) =>
  String(decodeJwt(memory.tokens?.access_token ?? "")["scope"]).split(" ");

const [modern, legacy, version1] = SDK_CLIENTS as [SdkClient, SdkClient, SdkClient];

describe.each(SDK_CLIENTS)("$name, behind CloudFront", (client) => {
  it("signs in with the URL alone and calls a tool", async () => {
    const signIn = { url: demo.endpoint("whoami"), memory: newMemory() };
    const session = await signedIn(client, signIn);
    expect(await session.tools()).toContain("greet");
    await session.close();
  });
});

/** Calls a tool for which the token lacks a scope, lets the user consent to the scope, and calls the tool again. */
async function stepUp(client: SdkClient, signIn: SignIn, session: Session): Promise<void> {
  expect(scopesOf(signIn)).not.toContain("people:greet");
  const failure = await session.call("greet").catch((error: unknown) => error);
  expect(client.isSignInNeeded(failure)).toBe(true);
  await finishSignIn(client, signIn, "pro");
  expect(scopesOf(signIn)).toContain("people:greet");
  expect(await session.call("greet")).toBe("Hello, Petra Pro!");
  await session.close();
}

describe.each([modern, legacy])("$name, behind CloudFront", (client) => {
  it("asks its user for one more scope and then calls the tool", async () => {
    const signIn = { url: demo.endpoint("whoami"), memory: newMemory() };
    await stepUp(client, signIn, await signedIn(client, signIn));
    expect(scopesOf(signIn)).toContain("openid");
  });
});

describe("@modelcontextprotocol/sdk 1.x, behind CloudFront", () => {
  it("refreshes its token instead of requesting one more scope, and fails", async () => {
    const signIn = { url: demo.endpoint("whoami"), memory: newMemory() };
    const session = await signedIn(version1, signIn);
    await expect(session.call("greet")).rejects.toThrow("403 after trying upscoping");
    expect(scopesOf(signIn)).not.toContain("people:greet");
    expect(demo.grants.at(-1)?.type).toBe("refresh_token");
    await session.close();
  });

  it("asks its user for only that scope if it has no refresh token, and then calls the tool", async () => {
    const signIn: SignIn = { url: demo.endpoint("whoami"), memory: newMemory() };
    const session = await signedIn(version1, signIn);
    delete signIn.memory.tokens?.refresh_token;
    await stepUp(version1, signIn, session);
    expect(scopesOf(signIn)).toEqual(["people:greet"]);
  });
});
