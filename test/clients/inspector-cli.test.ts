// The MCP Inspector's command line: with a bearer header, as documented for scripts, and with its own sign-in.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { serveClientDocument } from "../support/loopback-document.ts";
import { type ClientHome, clientHome } from "./client-home.ts";
import { type DemoGateway, startDemoGateway } from "./demo-gateway.ts";
import { runInspector } from "./program-clients.ts";

const CALLBACK = "http://127.0.0.1:40114/oauth/callback";

let demo: DemoGateway;
let home: ClientHome;

beforeAll(async () => {
  demo = await startDemoGateway();
});
afterAll(() => demo?.close());
afterEach(() => home?.remove());

function inspector(user: "free" | "pro", ...args: string[]): ReturnType<typeof runInspector> {
  home = clientHome(user);
  return runInspector(demo.endpoint("whoami"), home, ...args);
}

const WHOAMI = ["--method", "tools/call", "--tool-name", "whoami"];
const SIGN_IN = ["--callback-url", CALLBACK];
const caller = (claims: object) => ({ result: { structuredContent: { claims } } });

describe.each(["legacy", "modern"])("at the %s revision", (era) => {
  it("lists and calls tools with a bearer header", async () => {
    const token = await demo.signIn.issueToken({ user: "free" });
    const access = ["--header", `Authorization: Bearer ${token}`, "--protocol-era", era];
    const { result } = await inspector("free", "--method", "tools/list", ...access);
    expect(result.tools?.map(({ name }) => name)).toEqual(["whoami", "greet", "pro_report"]);
    const response = await inspector("free", ...WHOAMI, ...access);
    expect(response).toMatchObject(caller({ email: "frida@example.com" }));
  });
});

it.each([
  ["free", "frida@example.com"],
  ["pro", "petra@example.com"],
] as const)("registers dynamically and signs in as %s", async (user, email) => {
  expect(await inspector(user, ...WHOAMI, ...SIGN_IN)).toMatchObject(caller({ email }));
});

it("signs in with a pre-registered client id", async () => {
  const response = await inspector("pro", ...WHOAMI, ...SIGN_IN, "--client-id", "local-client");
  expect(response).toMatchObject(caller({ email: "petra@example.com" }));
});

it("signs in with its client id metadata document", async () => {
  const document = await serveClientDocument([CALLBACK]);
  try {
    const response = await inspector("pro", ...WHOAMI, ...SIGN_IN, "--client-metadata-url", document.url);
    expect(response).toMatchObject(caller({ email: "petra@example.com" }));
  } finally {
    document.close();
  }
});
