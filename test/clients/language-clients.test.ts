// The Python SDK, FastMCP and the Go SDK, each as a small program: with a bearer header, with only the URL until after the first token has
// expired, and with a tool that requires one more scope.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ClientHome, clientHome } from "./client-home.ts";
import {
  type DemoGateway,
  GREET_REQUIRES_SCOPE,
  startDemoGateway,
  WITHOUT_COMBINED,
} from "./demo-gateway.ts";
import { type Command, GO_CLIENT, PYTHON_CLIENT, runClient } from "./peers/programs.ts";

const TOKEN_LIFETIME_SECONDS = 12;
const WAIT_SECONDS = "14";

type Client = { name: string; command: Command; registersAs: string };
const PYTHON_SDK: Client = {
  name: "Python SDK",
  command: [...PYTHON_CLIENT, "mcp"],
  registersAs: "Python SDK",
};
const FASTMCP: Client = {
  name: "FastMCP",
  command: [...PYTHON_CLIENT, "fastmcp"],
  registersAs: "FastMCP Client",
};
const GO_SDK: Client = { name: "Go SDK", command: [GO_CLIENT], registersAs: "Go SDK" };

const homes: ClientHome[] = [];
afterAll(() => {
  for (const home of homes) home.remove();
});

function homeWith(user: "free" | "pro", more: Record<string, string>): ClientHome {
  const home = clientHome(user);
  homes.push(home);
  // By default Python waits for the browser process, which blocks FastMCP's callback.
  Object.assign(home.environment, { BROWSER: `${home.environment["BROWSER"]} %s &`, ...more });
  return home;
}

/** The claims that `whoami` received in each call. */
function claimsIn(output: string): Record<string, unknown>[] {
  const lines = output.split("\n").filter((line) => line.startsWith("{"));
  return lines.map((line) => JSON.parse(line));
}

async function useBearer({ command }: Client, demo: DemoGateway): Promise<void> {
  const TOKEN = await demo.signIn.issueToken({ user: "free", expiresInSeconds: 600 });
  const home = homeWith("free", { TOKEN, WAIT_SECONDS: "0" });
  const { output } = await runClient(command, home, [demo.endpoint("whoami")]);
  const frida = expect.objectContaining({ email: "frida@example.com" });
  expect([claimsIn(output), output]).toEqual([[frida, frida], output]);
}

async function signIn({ command, registersAs }: Client, demo: DemoGateway): Promise<void> {
  const { output } = await runClient(command, homeWith("pro", { WAIT_SECONDS }), [demo.endpoint("whoami")]);
  const petra = expect.objectContaining({ email: "petra@example.com" });
  expect([claimsIn(output), output]).toEqual([[petra, petra], output]);
  const types = demo.grants.filter(({ client }) => client === registersAs).map(({ type }) => type);
  expect(types.filter((type) => type === "authorization_code")).toHaveLength(1);
  expect(types).toContain("refresh_token");
}

describe("a gateway at the root of its host", () => {
  let demo: DemoGateway;
  beforeAll(async () => {
    demo = await startDemoGateway({
      gateway: { challenge_resource_metadata: false },
      signIn: { tokenLifetimeSeconds: TOKEN_LIFETIME_SECONDS },
    });
  });
  afterAll(() => demo?.close());

  it.each([PYTHON_SDK, FASTMCP, GO_SDK])("$name calls a tool with a bearer header", (client) =>
    useBearer(client, demo),
  );

  it.concurrent.each([PYTHON_SDK, FASTMCP, GO_SDK])(
    "$name signs in with only the URL, and refreshes its expired token",
    (client) => signIn(client, demo),
  );
});

describe("a gateway behind CloudFront", () => {
  let demo: DemoGateway;
  beforeAll(async () => {
    demo = await startDemoGateway({ edge: true, signIn: { tokenLifetimeSeconds: TOKEN_LIFETIME_SECONDS } });
  });
  afterAll(() => demo?.close());

  it.concurrent.each([PYTHON_SDK, FASTMCP, GO_SDK])("$name signs in with the URL alone", (client) =>
    signIn(client, demo),
  );
});

describe("a tool that requires one more scope, behind CloudFront", () => {
  let demo: DemoGateway;
  beforeAll(async () => {
    demo = await startDemoGateway({ edge: true, servers: GREET_REQUIRES_SCOPE });
  });
  afterAll(() => demo?.close());

  it.each([PYTHON_SDK, FASTMCP, GO_SDK])(
    "$name requests the scope in a second sign-in, and repeats the call",
    async ({ command, registersAs }) => {
      const seen = demo.requests.length;
      const home = homeWith("pro", { WAIT_SECONDS: "0" });
      const { output } = await runClient(command, home, [demo.endpoint("whoami"), "greet"]);
      expect(output).toContain("Hello, Petra Pro!");
      const calls = demo.requests.slice(seen).filter(({ name }) => name === "greet");
      expect(calls.map(({ status }) => status)).toEqual([403, 200]);
      const types = demo.grants.filter(({ client }) => client === registersAs).map(({ type }) => type);
      expect(types).toEqual(["authorization_code", "authorization_code"]);
    },
  );
});

describe("a gateway under a stage path", () => {
  let demo: DemoGateway;
  beforeAll(async () => {
    demo = await startDemoGateway({
      stagePath: true,
      gateway: WITHOUT_COMBINED,
      signIn: { tokenLifetimeSeconds: TOKEN_LIFETIME_SECONDS },
    });
  });
  afterAll(() => demo?.close());

  it.each([PYTHON_SDK, FASTMCP, GO_SDK])("$name calls a tool with a bearer header", (client) =>
    useBearer(client, demo),
  );

  it.concurrent.each([PYTHON_SDK, FASTMCP])(
    "$name signs in with only the URL, and refreshes its expired token",
    (client) => signIn(client, demo),
  );

  it("the Go SDK does not sign in, because it only reads the metadata document of its URL, which a stage path lacks", async () => {
    const { output } = await runClient(GO_SDK.command, homeWith("pro", { WAIT_SECONDS: "0" }), [
      demo.endpoint("whoami"),
    ]);
    expect(output).toContain("failed to register client: registration failed with status 403 Forbidden");
  });
});
