// Servers in Python and Go without any code for the gateway: a client gets the same results through the gateway as directly.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type GatewayStand, startStand } from "../../support/gateway-stand.ts";
import { connectClient } from "../../support/mcp-clients.ts";
import {
  type ExampleProgram,
  freePort,
  SERVERS,
  startServer,
  TRANSCRIPT_SERVERS,
} from "./example-programs.ts";
import { transcriptOf } from "./transcript.ts";

/** Each with the name of its entry in the gateway, and the revision of the client. */
const CASES = [
  ["python", "2025-11-25"],
  ["python", "2026-07-28"],
  ["go", "2025-11-25"],
  ["go-stateless", "2026-07-28"],
] as const;

let stand: GatewayStand;
let programs: ExampleProgram[];
let direct: Record<(typeof CASES)[number][0], string>;

beforeAll(async () => {
  const [python, go] = await Promise.all([freePort(), freePort()]);
  programs = await Promise.all([
    startServer(TRANSCRIPT_SERVERS.python, SERVERS, { PORT: python }),
    startServer(TRANSCRIPT_SERVERS.go, SERVERS, { PORT: go }),
  ]);
  direct = {
    // The URL of a mounted FastMCP ends with a slash.
    python: `http://127.0.0.1:${python}/mcp/`,
    go: `http://127.0.0.1:${go}/mcp`,
    "go-stateless": `http://127.0.0.1:${go}/stateless/mcp`,
  };
  const servers = Object.entries(direct).map(([name, url]) => [name, { url }] as const);
  const redirected = { url: direct.python.slice(0, -1) };
  stand = await startStand({ servers: { ...Object.fromEntries(servers), redirected } });
});
afterAll(async () => {
  await stand?.close();
  await Promise.all((programs ?? []).map((program) => program.close()));
});

async function authorization(): Promise<{ Authorization: string }> {
  return { Authorization: `Bearer ${await stand.issuer.token()}` };
}

test.each(CASES)(
  "the server %s returns the same to a client of %s, directly and through the gateway",
  async (name, era) => {
    const there = await connectClient(direct[name], era);
    const headers = await authorization();
    const here = await connectClient(stand.endpoint(name), era, { transport: { requestInit: { headers } } });
    const expected = await transcriptOf(there);
    expect(await transcriptOf(here)).toEqual(expected);
    // A transcript with only failures would be equal too.
    const failed = expected.filter(([, outcome]) => JSON.stringify(outcome ?? null).startsWith('{"failed"'));
    expect(failed.length).toBeLessThan(expected.length / 3);
    await Promise.all([there.close(), here.close()]);
  },
);

test("a redirect by the server, for a URL without the slash, is returned as an upstream error", async () => {
  const headers = { ...(await authorization()), "content-type": "application/json" };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 7, method: "ping" });
  const response = await fetch(stand.endpoint("redirected"), { method: "POST", headers, body });
  expect([response.status, response.headers.get("location")]).toEqual([502, null]);
  expect(await response.json()).toMatchObject({ id: 7, error: { code: 502 } });
});
