// The gateway on this machine, for `npm start` and for tests: reads a configuration, synthesises the stack, runs the template,
// and applies later changes of the files.

import { type ConfigOverlay, overlaid } from "../cli/config-overlay.ts";
import { type ConfigSource, readConfigSource } from "../infra/config-source.ts";
import type { RequestRecord } from "./api-gateway/request-record.ts";
import { type ConfigEvent, watchConfig } from "./config-watcher.ts";
import { createEdge } from "./edge/edge.ts";
import { type LocalStack, startLocalStack } from "./local-stack.ts";
import { listen } from "./loopback-server.ts";
import type { Secrets } from "./secrets-file.ts";
import { synthesise } from "./synthesise.ts";

/** Stage name of the local run. */
const LOCAL_STAGE = "local";

export type GatewayReports = {
  readonly onRequest?: (record: RequestRecord) => void;
  readonly onConfig?: (event: ConfigEvent) => void;
  /** Every line that a function writes. */
  readonly onLogLine?: (functionName: string, line: string) => void;
  /** Called when requests start to wait because all processes of a function are busy. */
  readonly onPoolFull?: (functionName: string, processes: number) => void;
};

export type StartOptions = GatewayReports & {
  /** Folder with gateway.json and servers/. */
  readonly configDir: string;
  /** 0: any free port. */
  readonly port: number;
  /** Whether to serve below `/<stage>`, as on `execute-api`. */
  readonly stagePath?: boolean;
  /** Whether CloudFront is in front of it: no stage in the URL, and challenges in `WWW-Authenticate`. */
  readonly edge?: boolean;
  /** Hosts to replace; a function is called with the gateway's URL first. */
  readonly overlay?: ConfigOverlay | ((publicUrl: string) => Promise<ConfigOverlay>);
  /** Values of secret references; called at the start, when it may throw, and after each edit of the configuration. */
  readonly secrets?: (source: ConfigSource) => Secrets;
  /** Arguments of node for the functions' processes; by default the local runtime. */
  readonly runtime?: readonly string[] | undefined;
  /** Aborts a start. */
  readonly signal?: AbortSignal;
};

export type LocalGateway = Pick<
  LocalStack,
  "functions" | "parameters" | "ssm" | "kms" | "dynamoDb" | "stage"
> & {
  /** `http://127.0.0.1:<port>`, with the stage if `stagePath` is set; no trailing slash. */
  readonly url: string;
  /** Checks the configuration files now instead of within half a second. */
  checkConfig(): void;
  /** Flushes the authorizer cache. */
  flushAuthorizerCache(): void;
  close(): Promise<void>;
};

/**
 * Starts a gateway; resolves when it accepts requests.
 *
 * @throws Error if the port is in use, the configuration is invalid, or a function does not start
 */
export async function startGateway(options: StartOptions): Promise<LocalGateway> {
  const { configDir, port, stagePath = false, edge = false, signal } = options;
  const source = readConfigSource(configDir);
  const cleanup: (() => Promise<void> | void)[] = [];
  const close = async () => {
    for (const step of cleanup.splice(0).reverse()) await step();
  };
  try {
    const secrets = options.secrets?.(source);
    const server = await listen(port);
    cleanup.push(() => server.close());
    const url = `http://127.0.0.1:${server.port}${stagePath && !edge ? `/${LOCAL_STAGE}` : ""}`;
    const overlay =
      typeof options.overlay === "function" ? await options.overlay(url) : (options.overlay ?? {});
    const configSource = overlaid(source, overlay, url);
    const stack = await synthesise({ stage: LOCAL_STAGE, configSource, publicUrl: url }, signal);
    cleanup.push(() => stack.remove());
    signal?.throwIfAborted();
    const { onRequest, onLogLine, onPoolFull, runtime } = options;
    const local = await startLocalStack({
      stack,
      stagePath: stagePath || edge,
      runtime,
      signal,
      onRequest,
      onLogLine,
      onPoolFull,
    });
    cleanup.push(() => local.close());
    const putSecrets = (values: Secrets = new Map()) => {
      for (const [name, value] of values) {
        if (local.parameters.get(name)?.Value !== value) local.parameters.put(name, value, "SecureString");
      }
    };
    putSecrets(secrets);
    signal?.throwIfAborted();
    const watcher = watchConfig({
      configDir,
      prefix: `/mcp-gateway/${LOCAL_STAGE}`,
      parameters: local.parameters,
      overlay: (edited) => {
        putSecrets(options.secrets?.(edited));
        return overlaid(edited, overlay, url);
      },
      onEvent: (event) => {
        if (event.kind === "applied") {
          for (const each of local.functions.values()) each.renew();
          // AWS would use cached results until their TTL; here an edited rule takes effect at once.
          apiGateway.authorizerCache.clear();
        }
        options.onConfig?.(event);
      },
    });
    cleanup.push(() => watcher.stop());
    if (edge) {
      const origin = await listen(0);
      cleanup.push(() => origin.close());
      const front = createEdge(() => `http://127.0.0.1:${origin.port}/${LOCAL_STAGE}`);
      origin.handle(front.closed(local.apiGateway.handle));
      server.handle(front.handle);
    } else server.handle(local.apiGateway.handle);
    const { functions, parameters, ssm, kms, dynamoDb, stage, apiGateway } = local;
    return {
      url,
      functions,
      parameters,
      ssm,
      kms,
      dynamoDb,
      stage,
      checkConfig: watcher.check,
      flushAuthorizerCache: () => apiGateway.authorizerCache.clear(),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
