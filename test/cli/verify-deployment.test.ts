// `npm run verify-deployment` against the local gateway, where every check passes, and against servers that are not gateways.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { runVerifyDeployment } from "../../cli/verify-deployment.ts";
import { readConfigSource } from "../../infra/config-source.ts";
import { type Demo, startDemo } from "../../local/demo.ts";
import { type LocalGateway, startGateway } from "../../local/gateway.ts";
import { type LoopbackServer, startHttp } from "../support/loopback-server.ts";
import { recordTerminal } from "../support/recorded-terminal.ts";

// The whole stack is bundled and started, and one check waits for a token to expire.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const ROOT = join(import.meta.dirname, "../..");

type Report = { results: { name: string; result: string; actual: string; todo: string }[] };

const verify = (...args: string[]) => recordTerminal((terminal) => runVerifyDeployment(args, terminal));

async function report(...args: string[]) {
  const { code, out } = await verify(...args, "--json");
  const { results } = JSON.parse(out) as Report;
  const named = (wanted: string) => results.filter(({ result }) => result === wanted).map(({ name }) => name);
  return {
    code,
    results,
    named,
    actual: (name: string) => results.find((each) => each.name === name)?.actual,
  };
}

describe("verify-deployment against the local gateway", () => {
  let directory: string;
  let gateway: LocalGateway;
  let demo: Demo;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "verify-"));
    cpSync(join(ROOT, "config"), directory, { recursive: true });
    const whoami = join(directory, "servers/whoami.json");
    const rules = { tool_authorization: { greet: { required_scopes: ["greet:use"] } } };
    writeFileSync(whoami, JSON.stringify({ ...JSON.parse(readFileSync(whoami, "utf8")), ...rules }));
    gateway = await startGateway({
      configDir: directory,
      port: 0,
      overlay: async (publicUrl) => {
        demo = await startDemo(readConfigSource(directory), publicUrl, 0);
        return demo.overlay;
      },
    });
    await addStrictServer();
  });
  afterAll(async () => {
    await Promise.all([gateway?.close(), demo?.close()]);
    rmSync(directory, { recursive: true });
  });

  /** A server that accepts the same tokens, except for a claim that none has. */
  async function addStrictServer(): Promise<void> {
    const { baseUrl, issuer } = demo.signIn;
    const { project_id: projectId } = JSON.parse(
      readFileSync(join(ROOT, "config/gateway.json"), "utf8"),
    ).descope;
    const jwt_validation = {
      jwksUri: `${baseUrl}/${projectId}/.well-known/jwks.json`,
      requiredClaims: ["clearance"],
      claimValues: {
        iss: { values: issuer, matchType: "exact" },
        aud: { values: gateway.url, matchType: "contains" },
      },
    };
    const file = { url: "https://strict.example.com/mcp", jwt_validation };
    writeFileSync(join(directory, "servers/strict.json"), JSON.stringify(file));
    gateway.checkConfig();
    const token = await demo.signIn.issueToken({ user: "free" });
    const status = async () =>
      (await fetch(`${gateway.url}/strict/mcp`, { headers: { Authorization: `Bearer ${token}` } })).status;
    while ((await status()) === 404) gateway.flushAuthorizerCache();
  }

  async function tokenFile(name: string, expiresInSeconds: number): Promise<string> {
    const file = join(directory, name);
    writeFileSync(
      file,
      `${await demo.signIn.issueToken({ user: "free", scope: "openid", expiresInSeconds })}\n`,
    );
    return file;
  }

  it("passes every check that can run", async () => {
    const token = await tokenFile("token.txt", 3600);
    const expired = await tokenFile("expired.txt", -60);
    const { code, results, named, actual } = await report(
      ...["--url", `${gateway.url}/`, "--token-file", token, "--expired-token-file", expired],
      ...["--stream-server", "everything", "--denied-server", "strict", "--scoped-tool", "greet"],
    );
    expect(results.filter(({ result }) => result === "fail")).toEqual([]);
    expect(code).toBe(0);
    expect(named("pass")).toEqual([
      "health",
      "challenge",
      "challenge twice",
      "challenge without Origin",
      "metadata",
      "metadata of the server",
      "combined endpoint",
      "sign-in",
      "unknown route",
      "unknown route with a token",
      "tools/list",
      "unknown server",
      "slash at the end",
      "denied claims",
      "header renames",
      "forged identity",
      "large body",
      "streaming",
      "expired token",
    ]);
    expect(named("skipped")).toEqual(["expiry"]);
    expect(actual("forged identity")).toBe("the token's user, forged headers: none");
    expect(actual("streaming")).toBe("200 with 5 events, one after the other");
    expect(JSON.stringify(results)).not.toContain(readFileSync(token, "utf8").trim());
  });

  it("denies a token after its exp, although the authorizer's result is cached", async () => {
    const token = await tokenFile("short.txt", 8);
    const { code, actual } = await report("--url", gateway.url, "--token-file", token, "--wait-for-expiry");
    expect([code, actual("expiry")]).toEqual([0, "200 before, 401 after"]);
  });

  it("runs the checks that need no token, and lists the others as skipped", async () => {
    const { code, out } = await verify("--url", gateway.url);
    expect(code).toBe(0);
    expect(out).toContain("  pass  challenge ");
    expect(out).toContain("expected 200 with tools; not checked without --token-file\n");
    expect(out).toContain(`${gateway.url}: 10 passed, 0 failed, 10 skipped, 10 by hand.`);
    expect(out).toContain("\nBy hand:\n  401 is not cached: Send the same bad token twice");
  });
});

describe("verify-deployment against a server that is not a gateway", () => {
  let server: LoopbackServer;
  let url: string;

  beforeAll(async () => {
    server = await startHttp((request, response) => {
      if (request.url?.endsWith("/buffered/mcp")) {
        const event = 'data: {"jsonrpc":"2.0","method":"notifications/progress"}\n\n';
        response.writeHead(200, { "content-type": "text/event-stream" }).end(event.repeat(5));
      } else {
        response.writeHead(200, { "x-amzn-remapped-www-authenticate": "Bearer" }).end("{}");
      }
    });
    url = `http://127.0.0.1:${server.port}`;
  });
  afterAll(() => server.close());

  it("fails each check, with advice", async () => {
    const directory = mkdtempSync(join(tmpdir(), "verify-"));
    const token = join(directory, "token.txt");
    writeFileSync(token, "opaque");
    const { code, named, actual } = await report(
      ...["--url", url, "--token-file", token, "--expired-token-file", token],
      ...["--stream-server", "buffered", "--denied-server", "strict", "--scoped-tool", "greet"],
    );
    rmSync(directory, { recursive: true });
    expect(code).toBe(1);
    expect(named("pass")).toEqual(["health", "challenge without Origin"]);
    expect(actual("challenge")).toBe("200 with no challenge, renamed");
    expect(actual("sign-in")).toBe("missing in the metadata");
    expect(actual("streaming")).toBe("200 with 5 events, at once");
    expect(actual("forged identity")).toBe(
      "200, and no result from the tool whoami: give a --server that runs the example whoami",
    );
  });

  it("prints the advice", async () => {
    const { out } = await verify("--url", url);
    expect(out).toMatch(/^ {2}fail {2}unknown route +expected 404 not_found; got 200$/m);
    expect(out).toContain(
      "\nWhat to do:\n  challenge: Look for the gateway response UNAUTHORIZED in the API",
    );
  });
});

describe("verify-deployment exits with 2", () => {
  it("if nothing responds", async () => {
    const closed = await startHttp(() => {});
    await closed.close();
    const { code, err } = await verify("--url", `http://127.0.0.1:${closed.port}`);
    expect([code, err]).toEqual([2, expect.stringContaining("no response from http://127.0.0.1")]);
  });

  it.each([
    [[], "--url is missing"],
    [["--url", "mcp.example.com"], "expected an https URL, but got mcp.example.com"],
    [["--url", "http://mcp.example.com"], "expected an https URL"],
    [["--url", "https://mcp.example.com", "--tokn", "x"], "Unknown option '--tokn'"],
  ])("for %j", async (args, message) => {
    const { code, err } = await verify(...args);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(err).toContain("To list the options: npm run verify-deployment -- --help\n");
  });

  it("but with 0 for --help", async () => {
    const { code, out } = await verify("--help");
    expect([code, out]).toEqual([0, expect.stringContaining("Usage: npm run verify-deployment")]);
  });
});
