// examples/upstream-credentials in the local run, with the sign-in server as Descope and its Connections.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfigSource } from "../../../infra/config-source.ts";
import { type Demo, startDemo } from "../../../local/demo.ts";
import { type LocalGateway, startGateway } from "../../../local/gateway.ts";
import { RUNTIME_UNDER_TEST } from "../runtime-under-test.ts";

const EXAMPLE = join(import.meta.dirname, "../../../examples/upstream-credentials");

/** A running example. */
export type ExampleGateway = { gateway: LocalGateway; demo: Demo; close(): Promise<void> };

/** Options of {@link startExampleGateway}. */
export type ExampleOptions = {
  /** more server files: the name, the server of the example that it copies, and what differs in `upstream_auth` */
  servers: readonly (readonly [name: string, like: string, upstreamAuth: object])[];
  onGrant?: (grantType: string, clientName: string) => void;
  onLogLine?: (line: string) => void;
};

/** Starts the example with changed servers. */
export async function startExampleGateway({
  servers,
  onGrant,
  onLogLine,
}: ExampleOptions): Promise<ExampleGateway> {
  const configDir = mkdtempSync(join(tmpdir(), "upstream-credentials-"));
  cpSync(EXAMPLE, configDir, { recursive: true });
  for (const [name, like, upstreamAuth] of servers) {
    const server = JSON.parse(readFileSync(join(EXAMPLE, `servers/${like}.json`), "utf8"));
    const changed = { ...server, upstream_auth: { ...server.upstream_auth, ...upstreamAuth } };
    writeFileSync(join(configDir, `servers/${name}.json`), JSON.stringify(changed));
  }
  const values: Record<string, string> = JSON.parse(readFileSync(join(EXAMPLE, "secrets.json"), "utf8"));
  const secrets = new Map(Object.entries(values));
  let demo: Demo | undefined;
  const gateway = await startGateway({
    configDir,
    port: 0,
    runtime: RUNTIME_UNDER_TEST,
    secrets: () => secrets,
    overlay: async (publicUrl) => {
      demo = await startDemo(readConfigSource(configDir), publicUrl, 0, onGrant && { onGrant });
      return demo.overlay;
    },
    onLogLine: (_name, line) => onLogLine?.(line),
  });
  if (demo === undefined) throw new Error("the example has no sign-in server");
  const started = demo;
  return {
    gateway,
    demo: started,
    async close() {
      await Promise.all([gateway.close(), started.close()]);
      rmSync(configDir, { recursive: true });
    },
  };
}
