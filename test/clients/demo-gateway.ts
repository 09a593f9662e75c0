// The gateway with the demo, as `npm start` runs it: the example configuration with the additions of a test.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfigSource } from "../../infra/config-source.ts";
import type { RequestRecord } from "../../local/api-gateway/request-record.ts";
import { type Demo, type DemoSignIn, startDemo } from "../../local/demo.ts";
import { startGateway } from "../../local/gateway.ts";
import type { SignInServer } from "../../local/sign-in/sign-in-server.ts";
import { RUNTIME_UNDER_TEST } from "../support/runtime-under-test.ts";

const EXAMPLE = join(import.meta.dirname, "../../config");

export type DemoOptions = {
  /** added to the example's gateway.json */
  gateway?: object;
  /** added to the example's server files, or additional files */
  servers?: Record<string, object>;
  stagePath?: boolean;
  /** whether CloudFront is in front of the API */
  edge?: boolean;
  /** for tests that need the gateway's URL before it starts */
  port?: number;
  signIn?: DemoSignIn;
};

/** Additions to the example's servers: clients do not request this scope at their first sign-in, unless they request all scopes. */
export const GREET_REQUIRES_SCOPE = {
  whoami: { tool_authorization: { greet: { required_scopes: ["people:greet"] } } },
};

/** Additions to the example's gateway.json for clients of a server's own URL under a stage path: with it, the challenge is for the combined URL. */
export const WITHOUT_COMBINED = { combined: undefined };

/** A token response of the token endpoint. */
export type Grant = { client: string; type: string };

export type DemoGateway = {
  url: string;
  signIn: SignInServer;
  /** all finished requests so far, oldest first */
  requests: RequestRecord[];
  /** all tokens issued so far, oldest first */
  grants: Grant[];
  /** the URL for clients of one server */
  endpoint(server: string): string;
  /** the URL for clients of all members of the combined endpoint */
  combined: string;
  close(): Promise<void>;
};

export async function startDemoGateway(options: DemoOptions = {}): Promise<DemoGateway> {
  const {
    gateway: gatewayFile = {},
    servers = {},
    stagePath = false,
    edge = false,
    port = 0,
    signIn: signInOptions,
  } = options;
  const configDir = mkdtempSync(join(tmpdir(), "gateway-clients-"));
  cpSync(EXAMPLE, configDir, { recursive: true });
  // Below a stage path, the challenge would name the combined endpoint's document instead of the servers'.
  extend(join(configDir, "gateway.json"), { ...(stagePath && { combined: undefined }), ...gatewayFile });
  for (const [name, file] of Object.entries(servers))
    extend(join(configDir, "servers", `${name}.json`), file);
  const requests: RequestRecord[] = [];
  const grants: Grant[] = [];
  let demo: Demo | undefined;
  const gateway = await startGateway({
    configDir,
    port,
    stagePath,
    edge,
    runtime: RUNTIME_UNDER_TEST,
    overlay: async (publicUrl) => {
      demo = await startDemo(readConfigSource(configDir), publicUrl, 0, {
        onGrant: (type, client) => grants.push({ client, type }),
        ...signInOptions,
      });
      return demo.overlay;
    },
    onRequest: (record) => requests.push(record),
  });
  if (demo === undefined) throw new Error("the gateway asked for no overlay");
  const { signIn, close } = demo;
  return {
    url: gateway.url,
    signIn,
    requests,
    grants,
    endpoint: (server) => `${gateway.url}/${server}/mcp`,
    combined: `${gateway.url}/mcp`,
    close: async () => {
      await Promise.all([gateway.close(), close()]);
      rmSync(configDir, { recursive: true });
    },
  };
}

function extend(file: string, more: object): void {
  const existing = JSON.parse(readFileSync(file, { encoding: "utf8", flag: "a+" }) || "{}");
  writeFileSync(file, JSON.stringify({ ...existing, ...more }));
}
