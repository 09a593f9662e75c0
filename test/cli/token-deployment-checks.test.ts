// Checks of a deployment against servers that cannot show the result, that need a session, or that trusted a forged header.
import type { IncomingMessage } from "node:http";
import { text as readText } from "node:stream/consumers";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { runCheck } from "../../cli/deployment-check.ts";
import type { Target } from "../../cli/deployment-target.ts";
import { EXPIRY_CHECK, TOKEN_CHECKS } from "../../cli/token-deployment-checks.ts";
import { startHttp } from "../support/loopback-server.ts";
import { makeKey, signToken } from "../support/tokens.ts";

type Request = { headers: IncomingMessage["headers"]; method: string; params: Record<string, unknown> };
type Response = { status?: number; headers?: Record<string, string>; result?: unknown; error?: unknown };
type Server = (request: Request) => Response;

let token: string;
beforeAll(async () => {
  token = await signToken(await makeKey("RS256", "k"), { exp: Math.floor(Date.now() / 1000) + 3600 });
});

/** Runs one check against a server behind the gateway. */
async function check(name: string, server: Server, more: Partial<Target> = {}) {
  const listener = await startHttp(async (request, response) => {
    const body = await readText(request);
    const { method = "", params = {} } = body.trim() === "" ? {} : JSON.parse(body);
    const { status = 200, headers = {}, ...message } = server({ headers: request.headers, method, params });
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify({ jsonrpc: "2.0", id: 1, ...message }));
  });
  onTestFinished(() => listener.close());
  const target: Target = {
    url: `http://127.0.0.1:${listener.port}`,
    server: "whoami",
    token,
    expiredToken: undefined,
    deniedServer: undefined,
    scopedTool: undefined,
    streamServer: undefined,
    ...more,
  };
  const found = [...TOKEN_CHECKS, EXPIRY_CHECK].find((each) => each.name === name);
  if (found === undefined) throw new Error(`no check ${name}`);
  const { result, actual, todo } = await runCheck(found, target);
  return { result, actual, todo };
}

const initialized: Response = { result: { protocolVersion: "2025-06-18", capabilities: {} } };
const UNKNOWN_TOOL: Response = { error: { code: -32602, message: "Unknown tool" } };
const whoami =
  (structuredContent: object): Server =>
  ({ method }) =>
    method === "initialize" ? initialized : { result: { structuredContent } };

describe("the check tools/list", () => {
  const tools = { result: { tools: [{ name: "whoami" }] } };

  it("starts a session if the server needs one", async () => {
    const seen: string[] = [];
    const { result } = await check("tools/list", ({ headers, method }) => {
      const session = headers["mcp-session-id"];
      seen.push(`${method} ${session ?? "-"} ${headers["mcp-protocol-version"] ?? "-"}`);
      if (method === "initialize") return { ...initialized, headers: { "mcp-session-id": "s1" } };
      return session === "s1" ? tools : { status: 400, error: { code: -32000, message: "no session" } };
    });
    expect(result).toBe("pass");
    expect(seen).toEqual([
      "initialize - -",
      "notifications/initialized s1 2025-06-18",
      "tools/list s1 2025-06-18",
    ]);
  });

  it("sends no session if the server does not know initialize", async () => {
    const { result } = await check("tools/list", ({ headers, method, params }) => {
      if (method === "initialize") return { error: { code: -32601, message: "Method not found" } };
      const meta = params["_meta"] as Record<string, unknown>;
      const isStateless = meta["io.modelcontextprotocol/protocolVersion"] === "2026-07-28";
      return isStateless && headers["mcp-method"] === "tools/list" ? tools : { status: 400 };
    });
    expect(result).toBe("pass");
  });
});

it("the check slash at the end fails if the URL with a slash gets another response", async () => {
  const responses: Response[] = [{ result: {} }, { status: 403, error: {} }];
  const { result, actual } = await check("slash at the end", () => responses.shift() ?? {});
  expect([result, actual]).toEqual(["fail", "403, and 200 without the slash"]);
});

describe("the check forged identity", () => {
  const forged = "verify-deployment-forged";

  it("says to take the gateway out of service if a forged value arrived", async () => {
    const { result, actual, todo } = await check(
      "forged identity",
      whoami({ headerNames: ["x-user-claims"], claims: { sub: forged } }),
    );
    expect([result, actual]).toEqual(["fail", "the forged value"]);
    expect(todo).toContain("Take the gateway out of service");
  });

  it.each<[string, object, string]>([
    [
      "a header of a forged name",
      { headerNames: ["x-forwarded-user"], claims: { sub: "U2alice" } },
      "the token's user, forged headers: x-forwarded-user",
    ],
    ["another user", { headerNames: [], claims: { sub: "U2bob" } }, "another user, forged headers: none"],
    ["a forged name and no user", { headerNames: ["cookie"] }, "no user, forged headers: cookie"],
  ])("fails without that advice if %s arrived", async (_name, arrived, expected) => {
    const { result, actual, todo } = await check("forged identity", whoami(arrived));
    expect([result, actual]).toEqual(["fail", expected]);
    expect(todo).not.toContain("out of service");
  });

  it("passes if the token's user arrived", async () => {
    const arrived = { headerNames: ["x-user-claims"], claims: { sub: "U2alice" } };
    expect((await check("forged identity", whoami(arrived))).result).toBe("pass");
    expect((await check("forged identity", whoami(arrived), { token: "opaque" })).actual).toBe(
      "a user, forged headers: none",
    );
  });

  it.each<[string, Server]>([
    ["has no tool whoami", ({ method }) => (method === "initialize" ? initialized : UNKNOWN_TOOL)],
    ["gets no identity", whoami({ headerNames: ["accept"] })],
    ["is down", () => ({ status: 502, error: { data: { reason: "downstream_unreachable" } } })],
  ])("is skipped if the server %s", async (_name, server) => {
    expect((await check("forged identity", server)).result).toBe("skipped");
  });

  it("fails without that advice if no server responds", async () => {
    const { result, todo } = await check("forged identity", whoami({}), { url: "http://127.0.0.1:1" });
    expect(result).toBe("fail");
    expect(todo).toBe(
      "There was no response to check. Run it again; if the problem persists, see the proxy's log.",
    );
  });
});

describe("skips a check that the server cannot show:", () => {
  it("streaming without the tool slow_count", async () => {
    const server: Server = ({ method }) => (method === "initialize" ? initialized : UNKNOWN_TOOL);
    expect(await check("streaming", server, { streamServer: "everything" })).toMatchObject({
      result: "skipped",
      actual: "the server has no tool slow_count: give a --stream-server that runs the example everything",
    });
  });

  it.each(["denied claims", "header renames"])("%s if the token is allowed", async (name) => {
    const more = { deniedServer: "strict", scopedTool: "greet" };
    expect((await check(name, () => ({ result: {} }), more)).result).toBe("skipped");
  });

  it("denied claims at a server that does not exist", async () => {
    const server = () => ({ status: 404, error: { data: { reason: "unknown_server" } } });
    const { result, actual } = await check("denied claims", server, { deniedServer: "nope" });
    expect([result, actual]).toEqual([
      "skipped",
      "404 unknown_server: give a --denied-server whose rules deny the token's claims",
    ]);
  });

  it("expired token if the token has not expired", async () => {
    const { result, actual } = await check("expired token", () => ({}), { expiredToken: token });
    expect([result, actual]).toEqual(["skipped", "the token in --expired-token-file has not expired"]);
  });

  it("expiry if the token has no exp", async () => {
    expect((await check("expiry", () => ({}), { token: "opaque" })).result).toBe("skipped");
  });
});

describe("the check header renames", () => {
  it("fails if the scope is missing and the challenge is not renamed", async () => {
    const server = () => ({
      status: 403,
      headers: { "www-authenticate": "Bearer" },
      error: { data: { reason: "insufficient_scope" } },
    });
    const { result, actual } = await check("header renames", server, { scopedTool: "greet" });
    expect([result, actual]).toEqual(["fail", "403 insufficient_scope, not renamed"]);
  });
});
