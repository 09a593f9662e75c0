import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SignInServer } from "../../../local/sign-in/sign-in-server.ts";
import { startLocalSignIn } from "../../support/local-sign-in.ts";
import { closedPort, startHttp } from "../../support/loopback-server.ts";

const COMMAND = fileURLToPath(new URL("../../../local/sign-in/token-command.ts", import.meta.url));

type Ended = { status: number | null; out: string; err: string };

let server: SignInServer;
beforeAll(async () => {
  server = await startLocalSignIn({
    scopes: ["tools:read"],
  });
});
afterAll(() => server.close());

function run(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [COMMAND, ...args]);
    const ended: Ended = { status: null, out: "", err: "" };
    child.stdout.on("data", (chunk: Buffer) => {
      ended.out += chunk;
    });
    child.stderr.on("data", (chunk: Buffer) => {
      ended.err += chunk;
    });
    child.on("close", (status) => resolve({ ...ended, status }));
  });
}

describe("npm run token", () => {
  it("prints the token and nothing else", async () => {
    const { status, out, err } = await run("--user", "pro", "--base-url", server.baseUrl);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(out).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(decodeJwt(out.trim())).toMatchObject({
      iss: server.issuer,
      subscription: "pro",
      scope: "tools:read",
    });
  });

  it("defaults to the pro user", async () => {
    const { status, out } = await run("--base-url", server.baseUrl);
    expect(status).toBe(0);
    expect(decodeJwt(out.trim())).toMatchObject({ subscription: "pro" });
  });

  it("accepts scope and lifetime", async () => {
    const { out } = await run(
      "--user=free",
      "--scope=openid",
      "--expires-in=30",
      "--base-url",
      server.baseUrl,
    );
    const { iat = 0, ...claims } = decodeJwt(out.trim());
    expect(claims).toMatchObject({ subscription: "free", scope: "openid", exp: iat + 30 });
  });

  it("says how to start the sign-in server if none runs", async () => {
    const baseUrl = `http://127.0.0.1:${await closedPort()}`;
    expect(await run("--user", "pro", "--base-url", baseUrl)).toEqual({
      status: 2,
      out: "",
      err: `error: No sign-in server responds at ${baseUrl}. Start it with \`npm start\` in another terminal, or name it with --base-url.\n`,
    });
  });

  it("lists the users if the user is unknown", async () => {
    expect(await run("--user", "max", "--base-url", server.baseUrl)).toEqual({
      status: 2,
      out: "",
      err: 'error: Unknown user "max". Known users: free (Frida Free), pro (Petra Pro).\n',
    });
  });

  it.each([
    [
      ["--user", "pro", "--expires-in", "soon"],
      /^error: --expires-in expects a whole number of seconds, but got "soon"\n/,
    ],
    [
      ["--nonsense"],
      /^error: Unknown option '--nonsense'\nTo list the options: npm run -s token -- --help\n$/,
    ],
    [
      ["--user", "pro", "--base-url", "nowhere"],
      /^error: --base-url expects a URL such as http:\/\/127\.0\.0\.1:8788, but got "nowhere"\n/,
    ],
  ])("rejects %j", async (args, message) => {
    const { status, out, err } = await run(...args);
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(err).toMatch(message);
  });

  it("reports a different server at the URL", async () => {
    const other = await startHttp((_request, response) => response.writeHead(404).end("no"));
    const { status, err } = await run("--user", "pro", "--base-url", other.origin);
    await other.close();
    expect({ status, err }).toEqual({
      status: 2,
      err: `error: ${other.origin} returned 404: it is not this project's sign-in server.\n`,
    });
  });

  it("prints its usage on --help", async () => {
    const { status, out } = await run("--help");
    expect(status).toBe(0);
    expect(out).toMatch(/^Usage: npm run -s token -- \[--user free\|pro\]/);
  });
});
