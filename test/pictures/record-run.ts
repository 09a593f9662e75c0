// A run of the gateway on this machine with the traffic of two people, and what it leaves: their tool lists, the audit lines, the metrics.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "@modelcontextprotocol/client";
import { readConfigSource } from "../../infra/config-source.ts";
import type { RequestRecord } from "../../local/api-gateway/request-record.ts";
import { type Demo, startDemo } from "../../local/demo.ts";
import { startGateway } from "../../local/gateway.ts";
import { LOCAL_USERS } from "../../local/sign-in/users.ts";
import { closedPort } from "../support/loopback-server.ts";
import { connectClient } from "../support/mcp-clients.ts";
import { sendMcp, toolCall } from "../support/mcp-request.ts";

const ROOT = join(import.meta.dirname, "../..");
const SECONDS = 30;

/** A line of a function's log. */
export type LogLine = Readonly<Record<string, unknown>>;

/** What a run leaves. */
export type RecordedRun = {
  readonly seconds: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly people: readonly {
    readonly name: string;
    readonly subscription: string;
    readonly client: Client;
  }[];
  readonly lines: readonly LogLine[];
  readonly requests: readonly RequestRecord[];
};

/** Runs the gateway of examples/tool-access with two more servers, one of which does not respond, and passes the run to `use`. */
export async function recordRun<T>(use: (run: RecordedRun) => Promise<T>): Promise<T> {
  const configDir = mkdtempSync(join(tmpdir(), "pictures-"));
  cpSync(join(ROOT, "examples/tool-access"), configDir, { recursive: true });
  cpSync(join(ROOT, "config/servers/everything.json"), join(configDir, "servers/everything.json"));
  const offline = { url: `http://127.0.0.1:${await closedPort()}/mcp` };
  writeFileSync(join(configDir, "servers/offline.json"), JSON.stringify(offline));
  const lines: LogLine[] = [];
  const requests: RequestRecord[] = [];
  let demo: Demo | undefined;
  const gateway = await startGateway({
    configDir,
    port: 0,
    overlay: async (publicUrl) => {
      demo = await startDemo(readConfigSource(configDir), publicUrl, 0);
      return demo.overlay;
    },
    onRequest: (record) => requests.push(record),
    onLogLine: (_name, text) => {
      if (text.startsWith("{")) lines.push(JSON.parse(text));
    },
  });
  try {
    const { signIn } = demo as Demo;
    const endpoint = (server: string) => `${gateway.url}/${server}/mcp`;
    const startedAt = Date.now();
    const people = await Promise.all(
      LOCAL_USERS.map(async ({ key, name, subscription }) => {
        const token = await signIn.issueToken({ user: key });
        const transport = { requestInit: { headers: { Authorization: `Bearer ${token}` } } };
        const client = await connectClient(endpoint("whoami"), "2026-07-28", { transport });
        const other = await connectClient(endpoint("everything"), "2026-07-28", { transport });
        return { name, subscription, token, client, other };
      }),
    );
    const traffic: readonly (() => Promise<unknown>)[] = people.flatMap(({ client, other, token }) => [
      () => client.listTools(),
      () => client.callTool({ name: "greet", arguments: {} }),
      () => client.callTool({ name: "pro_report", arguments: {} }).catch(() => undefined),
      () => other.listTools(),
      () => other.callTool({ name: "echo", arguments: { message: "hello" } }),
      () => sendMcp(endpoint("offline"), { token, body: toolCall("anything") }),
      () => sendMcp(endpoint("whoami"), { token: `${token.slice(0, -4)}AAAA`, body: toolCall("greet") }),
    ]);
    for (let turn = 0; Date.now() < startedAt + SECONDS * 1_000; turn += 1) {
      // More in the middle of the run than at its ends, so that the curves have a form.
      const share = Math.sin(((Date.now() - startedAt) / (SECONDS * 1_000)) * Math.PI);
      await Promise.all(
        traffic.filter((_, index) => (index + turn) % 3 === 0 || share > 0.7).map((call) => call()),
      );
      await pause(600 - 400 * share);
    }
    return await use({ seconds: SECONDS, startedAt, people, lines, requests });
  } finally {
    await Promise.all([gateway.close(), demo?.close()]);
    rmSync(configDir, { recursive: true });
  }
}
