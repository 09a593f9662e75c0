// The demo gateway with one URL for three members in three languages: the demo's `whoami` in TypeScript, a FastMCP server and one with the Go
// SDK. None of the two has any code for a gateway.
import { expect } from "vitest";
import {
  type ExampleProgram,
  freePort,
  SERVERS,
  startServer,
} from "../examples/downstream/example-programs.ts";
import { type DemoGateway, type DemoOptions, startDemoGateway } from "./demo-gateway.ts";
import { GO_SERVER, PYTHON_SERVER } from "./peers/programs.ts";

/** The members' names, in the order of their tools. */
const MEMBERS = ["whoami", "python", "go"];

/** One tool of each member, as clients name it, with its arguments. */
export const CALLS = [
  { tool: "whoami__whoami" },
  { tool: "python__add", args: { a: 2, b: 3 } },
  { tool: "go__add", args: { a: 4, b: 5 } },
] as const;

/** The texts of their results. */
export const CALLED = [expect.stringContaining("petra@example.com"), '{"sum":5}', '{"sum":9}'];

/** All tools of the members. */
export const TOOLS = [
  ...["whoami__whoami", "whoami__greet", "whoami__pro_report"],
  ...["python__echo", "python__add", "python__fail", "python__count"],
  ...["go__add", "go__count", "go__echo", "go__fail"],
];

/** Resources of two members, as clients name them, and their texts. */
export const RESOURCES = [
  ["notes://python/today", "nothing"],
  ["notes://go/today", "notes of notes://today"],
] as const;

/**
 * Starts it.
 *
 * @param goPath where the server in Go serves MCP: `/mcp` has sessions, `/stateless/mcp` also serves 2026-07-28
 */
export async function startThreeLanguages(
  options: DemoOptions = {},
  goPath: "/mcp" | "/stateless/mcp" = "/stateless/mcp",
): Promise<DemoGateway> {
  const ports = await Promise.all([freePort(), freePort()]);
  const [python, go] = ports as [string, string];
  const programs: ExampleProgram[] = await Promise.all([
    startServer(PYTHON_SERVER, SERVERS, { PORT: python }),
    startServer([GO_SERVER], SERVERS, { PORT: go }),
  ]);
  const demo = await startDemoGateway({
    ...options,
    gateway: { combined: { servers: MEMBERS }, ...options.gateway },
    servers: {
      ...options.servers,
      // The URL of a mounted FastMCP ends with a slash.
      python: { url: `http://127.0.0.1:${python}/mcp/` },
      go: { url: `http://127.0.0.1:${go}${goPath}` },
    },
  });
  return {
    ...demo,
    close: async () => {
      await demo.close();
      await Promise.all(programs.map((program) => program.close()));
    },
  };
}
