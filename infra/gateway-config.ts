// The configuration of a gateway in a CDK app: files, an object, or parameters that the stack does not manage.
import { type ConfigSource, readConfigSource } from "./config-source.ts";
import type { ExternalConfig } from "./deploy-settings.ts";
import { SSM_PATH } from "./gateway-names.ts";

/** Options of a configuration that the stack writes into Parameter Store. */
export interface StackConfigOptions {
  /**
   * Whether the parameters are retained when they are removed from the stack or the stack is deleted. Intended for the deployment before
   * the change to `GatewayConfig.external`: the parameter of a removed server is retained too, and the server is served until you delete it.
   * @default false
   */
  readonly retain?: boolean;
}

/** A configuration as an object: the content of `gateway.json` and of each `servers/<name>.json`. */
export interface ConfigObject {
  /** The content of `gateway.json`. */
  readonly gateway: object;
  /** The content of each `servers/<name>.json`, by name. */
  readonly servers: Readonly<Record<string, object>>;
}

/** The source of a gateway's configuration. Errors in it are reported when the gateway is created. */
export class GatewayConfig {
  /**
   * The files `gateway.json` and `servers/<name>.json` of a directory. They become SSM parameters of the stack.
   *
   * @throws Error when the directory or its gateway.json cannot be read
   */
  static fromDirectory(directory: string, options: StackConfigOptions = {}): GatewayConfig {
    return new GatewayConfig(readConfigSource(directory), options.retain ?? false);
  }

  /** The same as an object. */
  static fromObject({ gateway, servers }: ConfigObject, options: StackConfigOptions = {}): GatewayConfig {
    const text = (value: object) => JSON.stringify(value, null, 2);
    const source = {
      gateway: { file: "gateway.json", text: text(gateway) },
      servers: Object.entries(servers).map(([name, server]) => ({
        name,
        file: `servers/${name}.json`,
        text: text(server),
      })),
    };
    return new GatewayConfig(source, options.retain ?? false);
  }

  /**
   * SSM parameters that the stack does not manage, written with `config push` for example.
   *
   * @param prefix their SSM path, without a slash at the end; undefined: `/<name>/<stage>` of the gateway
   * @param known what the stack must know about them
   * @throws Error for a prefix that is not an SSM path
   */
  static external(prefix?: string, known: ExternalConfig = {}): GatewayConfig {
    if (prefix !== undefined && (!SSM_PATH.test(prefix) || /^\/(?:aws|ssm)/i.test(prefix))) {
      throw new Error(
        `The prefix must be an SSM path such as "/team/mcp", but is ${JSON.stringify(prefix)}.`,
      );
    }
    return new GatewayConfig(undefined, false, prefix, known);
  }

  /** @internal The files; undefined: the configuration is external. */
  readonly source: ConfigSource | undefined;
  /** @internal */
  readonly retain: boolean;
  /** @internal */
  readonly prefix: string | undefined;
  /** @internal */
  readonly known: ExternalConfig;

  private constructor(
    source: ConfigSource | undefined,
    retain: boolean,
    prefix?: string,
    known: ExternalConfig = {},
  ) {
    this.source = source;
    this.retain = retain;
    this.prefix = prefix;
    this.known = known;
  }

  /** @internal From files that are already read. */
  static fromSource(source: ConfigSource, options: StackConfigOptions = {}): GatewayConfig {
    return new GatewayConfig(source, options.retain ?? false);
  }
}
