// The whole gateway for end-to-end tests: the synthesised template in the local run, with real function processes and sockets, an
// authorization server for the test, and a recorder behind every server without a URL.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LocalGateway, type StartOptions, startGateway } from "../../local/gateway.ts";
import { type SignInServer, startSignIn } from "../../local/sign-in/sign-in-server.ts";
import { type Recorder, startRecorder } from "./recorder-server.ts";
import { RUNTIME_UNDER_TEST } from "./runtime-under-test.ts";
import { startTokenIssuer, type TokenIssuer } from "./token-issuer.ts";

export type StandConfig = {
  gateway?: Record<string, unknown>;
  /** server files by name; `url` is the recorder's unless given */
  servers: Record<string, Record<string, unknown>>;
};

export type GatewayStand = {
  /** the gateway's URL, no trailing slash */
  url: string;
  gateway: LocalGateway;
  issuer: TokenIssuer;
  recorder: Recorder;
  /** folder with the configuration files */
  configDir: string;
  /** the MCP endpoint of a server */
  endpoint(server: string): string;
  /** the processes of a function, by their ids */
  processes(name: "authorizer" | "proxy"): number[];
  close(): Promise<void>;
};

/**
 * @param config a configuration, or what makes one when the issuer is known
 * @param options how the gateway is started, where it matters
 */
export async function startStand(
  config: StandConfig | ((issuer: TokenIssuer) => StandConfig),
  options: Partial<Pick<StartOptions, "runtime" | "overlay" | "onLogLine" | "onRequest">> = {},
): Promise<GatewayStand> {
  const [issuer, recorder] = await Promise.all([startTokenIssuer(), startRecorder()]);
  const parts = typeof config === "function" ? config(issuer) : config;
  const configDir = writeGatewayConfig(issuer, recorder, parts);
  const gateway = await startGateway({ configDir, port: 0, runtime: RUNTIME_UNDER_TEST, ...options });
  return {
    url: gateway.url,
    gateway,
    issuer,
    recorder,
    configDir,
    endpoint: (server) => `${gateway.url}/${server}/mcp`,
    processes: (name) => {
      const functions = [...gateway.functions.values()];
      return functions
        .filter(({ spec }) => spec.name.toLowerCase().includes(name))
        .flatMap(({ pids }) => pids);
    },
    close: async () => {
      await gateway.close();
      await Promise.all([issuer.close(), recorder.close()]);
      rmSync(configDir, { recursive: true });
    },
  };
}

/** A stand whose users sign in at the local sign-in server. */
export async function startSignInStand(
  ids: { project_id: string; mcp_server_id: string },
  servers: StandConfig["servers"],
): Promise<GatewayStand & { signIn: SignInServer }> {
  const started = Promise.withResolvers<SignInServer>();
  const config = { gateway: { jwt_validation: undefined, descope: ids }, servers };
  const stand = await startStand(config, {
    overlay: async (publicUrl) => {
      const server = await startSignIn({
        projectId: ids.project_id,
        mcpServerId: ids.mcp_server_id,
        resource: publicUrl,
      });
      started.resolve(server);
      return { descopeBaseUrl: server.baseUrl };
    },
  });
  const signIn = await started.promise;
  return {
    ...stand,
    signIn,
    close: async () => {
      await stand.close();
      await signIn.close();
    },
  };
}

/** Writes a configuration folder; the caller removes it. */
export function writeGatewayConfig(
  issuer: TokenIssuer,
  recorder: Recorder,
  { gateway = {}, servers }: StandConfig,
): string {
  const configDir = mkdtempSync(join(tmpdir(), "gateway-stand-"));
  mkdirSync(join(configDir, "servers"));
  const write = (file: string, value: object) => writeFileSync(join(configDir, file), JSON.stringify(value));
  write("gateway.json", { jwt_validation: issuer.jwtValidation, ...gateway });
  for (const [name, server] of Object.entries(servers)) {
    write(join("servers", `${name}.json`), { url: recorder.url, ...server });
  }
  return configDir;
}
