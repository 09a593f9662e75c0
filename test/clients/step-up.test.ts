// Calls that need more scopes than the token has, without CloudFront. API Gateway renames the challenge header of the proxy's 403 to
// x-amzn-remapped-www-authenticate, which no client reads. edge.test.ts shows what the clients do with the original name.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newMemory } from "./client-memory.ts";
import { type DemoGateway, GREET_REQUIRES_SCOPE, startDemoGateway } from "./demo-gateway.ts";
import { SDK_CLIENTS } from "./sdk-clients.ts";
import { signedIn } from "./sign-in.ts";

let demo: DemoGateway;
let url: string;

beforeAll(async () => {
  demo = await startDemoGateway({ servers: GREET_REQUIRES_SCOPE });
  url = demo.endpoint("whoami");
});
afterAll(() => demo?.close());

describe.each(SDK_CLIENTS)("$name", (client) => {
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

describe("a gateway whose metadata names the scopes of its tools", () => {
  let named: DemoGateway;
  beforeAll(async () => {
    named = await startDemoGateway({
      gateway: { scopes_supported: ["openid", "people:greet"] },
      servers: GREET_REQUIRES_SCOPE,
    });
  });
  afterAll(() => named?.close());

  it.each(SDK_CLIENTS)("$name requests all of them in the first sign-in", async (client) => {
    const signIn = { url: named.endpoint("whoami"), memory: newMemory() };
    const session = await signedIn(client, signIn);
    expect(await session.call("greet")).toBe("Hello, Petra Pro!");
    await session.close();
  });
});
