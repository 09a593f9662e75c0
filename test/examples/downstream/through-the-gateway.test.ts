// Each example as in use: a signed-in MCP client, the gateway, the example.
import type { Client } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { connectClient, ERAS, type Era } from "../../support/mcp-clients.ts";
import { LANGUAGES } from "./example-programs.ts";
import { type ExamplesBehindGateway, startExamplesBehindGateway } from "./examples-behind-gateway.ts";

const FRIDA = {
  sub: "U2fridaFree00000000000000001",
  email: "frida@example.com",
  name: "Frida Free",
  tenants: { T2freeTenant0000000000000001: { roles: ["viewer"], permissions: ["reports.read"] } },
  roles: ["viewer"],
  subscription: "free",
};
const PETRA = {
  sub: "U2petraPro000000000000000001",
  email: "petra@example.com",
  name: "Petra Pro",
  tenants: {
    T2proTenant00000000000000001: {
      roles: ["editor", "admin"],
      permissions: ["reports.read", "reports.write"],
    },
  },
  roles: ["editor", "admin"],
  subscription: "pro",
};
const ALTERNATIONS = 20;

let examples: ExamplesBehindGateway;
beforeAll(async () => {
  examples = await startExamplesBehindGateway();
});
afterAll(() => examples?.close());

describe.each(LANGUAGES.flatMap((language) => [`${language}-jwt`, `${language}-claims`]))("%s", (server) => {
  describe.each(ERAS)("for a client of %s", (era) => {
    test("returns the identity of each user", async () => {
      expect(await whoAmI(await signedIn(server, era, "free"))).toMatchObject(FRIDA);
      expect(await whoAmI(await signedIn(server, era, "pro"))).toMatchObject(PETRA);
    });

    test("returns the report only to the admin", async () => {
      const arguments_ = { name: "admin_report", arguments: {} };
      const denied = await (await signedIn(server, era, "free")).callTool(arguments_);
      expect([denied.isError, textOf(denied)]).toEqual([true, "admin_report needs the role admin."]);
      const granted = await (await signedIn(server, era, "pro")).callTool(arguments_);
      expect([granted.isError ?? false, textOf(granted)]).toEqual([
        false,
        "All is well, U2petraPro000000000000000001.",
      ]);
    });
  });

  test("never mixes up two users with concurrent calls", async () => {
    const [frida, petra] = [
      await signedIn(server, "2025-11-25", "free"),
      await signedIn(server, "2025-11-25", "pro"),
    ];
    const calls = Array.from({ length: ALTERNATIONS }, (_, at) => whoAmI(at % 2 === 0 ? frida : petra));
    const subjects = (await Promise.all(calls)).map(({ sub }) => sub);
    expect(subjects).toEqual(
      Array.from({ length: ALTERNATIONS }, (_, at) => (at % 2 === 0 ? FRIDA.sub : PETRA.sub)),
    );
  });

  test("ignores an identity that the client sends", async () => {
    const client = await signedIn(server, "2025-11-25", "free", {
      "X-User-Claims": JSON.stringify(PETRA),
      "X-User-JWT": "e30.e30.e30",
      "X-Gateway-Secret": "guessed",
    });
    expect(await whoAmI(client)).toMatchObject(FRIDA);
  });
});

test.each(LANGUAGES)("%s: the server can read the additional claims of the JWT", async (language) => {
  const identity = await whoAmI(await signedIn(`${language}-jwt`, "2025-11-25", "free"));
  expect(Object.keys(identity).sort()).toEqual([
    "aud",
    "email",
    "exp",
    "iat",
    "iss",
    "jti",
    "name",
    "nbf",
    "roles",
    "sub",
    "subscription",
    "tenants",
  ]);
  expect([identity["iss"], identity["aud"]]).toEqual([
    examples.gateway.url,
    examples.direct(`${language}-jwt`),
  ]);
});

async function signedIn(
  server: string,
  era: Era,
  user: "free" | "pro",
  headers: Record<string, string> = {},
): Promise<Client> {
  const { gateway, signIn } = examples;
  const token = await signIn.issueToken({ user });
  const client = await connectClient(`${gateway.url}/${server}/mcp`, era, {
    transport: { requestInit: { headers: { ...headers, Authorization: `Bearer ${token}` } } },
  });
  onTestFinished(() => client.close());
  return client;
}

async function whoAmI(client: Client): Promise<Record<string, unknown>> {
  const result = await client.callTool({ name: "who_am_i", arguments: {} });
  expect(result.structuredContent).toEqual(JSON.parse(textOf(result)));
  return result.structuredContent as Record<string, unknown>;
}

function textOf(result: Awaited<ReturnType<Client["callTool"]>>): string {
  const [content] = result.content;
  return content?.type === "text" ? content.text : "";
}
