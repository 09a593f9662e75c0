// The gateway behind CloudFront, as `--edge` imitates it: clients sign in with the URL alone, and step up their scopes by themselves.
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newMemory } from "./client-memory.ts";
import { type DemoGateway, startDemoGateway } from "./demo-gateway.ts";
import { SDK_CLIENTS } from "./sdk-clients.ts";
import { finishSignIn, type SignIn, signedIn } from "./sign-in.ts";

let demo: DemoGateway;

beforeAll(async () => {
  const rules = { greet: { required_scopes: ["people:greet"] } };
  demo = await startDemoGateway({ edge: true, servers: { whoami: { tool_authorization: rules } } });
});
afterAll(() => demo?.close());

const scopesOf = ({ memory }: SignIn) =>
  String(decodeJwt(memory.tokens?.access_token ?? "")["scope"]).split(" ");

const [modern, legacy] = SDK_CLIENTS;

describe.each(SDK_CLIENTS)("$name, behind CloudFront", (client) => {
  it("signs in with the URL alone and calls a tool", async () => {
    const signIn = { url: demo.endpoint("whoami"), memory: newMemory() };
    const session = await signedIn(client, signIn);
    expect(await session.tools()).toContain("greet");
    await session.close();
  });
});

describe.each([modern, legacy])("$name, behind CloudFront", (client) => {
  it("asks its user for one more scope and then calls the tool", async () => {
    if (client === undefined) throw new Error("no such client");
    const signIn = { url: demo.endpoint("whoami"), memory: newMemory() };
    const session = await signedIn(client, signIn);
    const failure = await session.call("greet").catch((error: unknown) => error);
    expect(client.isSignInNeeded(failure)).toBe(true);
    await finishSignIn(client, signIn, "pro");
    expect(scopesOf(signIn)).toContain("people:greet");
    expect(await session.call("greet")).toBe("Hello, Petra Pro!");
    await session.close();
  });
});
