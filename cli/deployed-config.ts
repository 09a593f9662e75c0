// The deployed configuration: where it is, reading it, writing one parameter of it.
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { Parameter } from "../functions/core/config-snapshot.ts";
import { terminalText } from "../functions/core/safe-text.ts";
import { createParameterReader } from "../functions/platform/parameter-store.ts";
import type { ConfigSource } from "../infra/config-source.ts";
import type { ParameterValue } from "../infra/parameter-value.ts";
import { overlaid } from "./config-overlay.ts";
import { readGatewayFile } from "./local-gateway-file.ts";
import { type CommandOptions, UsageError } from "./terminal.ts";

/** A place that holds a deployed configuration. */
export type Deployment = {
  prefix: string;
  client: SSMClient;
  /** Settings of clients of other services of AWS at this place. */
  aws: AwsSettings;
  /** The files as this place holds them: the local gateway puts its own hosts into them. */
  adapted(source: ConfigSource): ConfigSource;
};

/** Where a service answers, and as whom it is called; empty: as the AWS SDK finds it. */
export type AwsSettings = {
  endpoint?: string | undefined;
  region?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
};

const LOCAL_AWS = {
  region: "us-east-1",
  credentials: { accessKeyId: "local", secretAccessKey: "local" },
};

const PREFIX = /^(?:\/[A-Za-z0-9_.-]+)+$/;

/** The place that the options name. @throws UsageError where they name none or two */
export function deploymentOf({
  prefix,
  local,
  port,
}: Pick<CommandOptions, "prefix" | "local" | "port">): Deployment {
  if (local) {
    if (prefix !== undefined) throw new UsageError("--prefix and --local: give one of them");
    const gateway = readGatewayFile(portNumber(port));
    return {
      prefix: gateway.prefix,
      client: new SSMClient({ ...LOCAL_AWS, endpoint: gateway.ssmEndpoint }),
      aws: { ...LOCAL_AWS, endpoint: gateway.dynamoDbEndpoint },
      adapted: (source) => overlaid(source, gateway.overlay, gateway.url),
    };
  }
  if (port !== undefined) throw new UsageError("--port goes with --local");
  if (prefix === undefined) throw new UsageError("--prefix is missing, such as --prefix /mcp-gateway/prod");
  const path = prefix.replace(/\/$/, "");
  if (!PREFIX.test(path)) {
    throw new UsageError(
      `--prefix takes an SSM path such as /mcp-gateway/prod, got ${JSON.stringify(prefix)}`,
    );
  }
  return { prefix: path, client: new SSMClient({}), aws: {}, adapted: (source) => source };
}

/** The directory that the local gateway was started with. @throws UsageError, Error where none runs */
export function localConfigDir(port: string | undefined): string {
  return readGatewayFile(portNumber(port)).configDir;
}

function portNumber(port: string | undefined): number | undefined {
  if (port === undefined || /^\d{1,5}$/.test(port)) return port === undefined ? undefined : Number(port);
  throw new UsageError(`--port takes the port of a local gateway, got ${JSON.stringify(port)}`);
}

/** All parameters below the prefix. @throws Error that says what AWS said */
export async function readDeployed({ prefix, client }: Deployment): Promise<Parameter[]> {
  try {
    return await createParameterReader(client, prefix)();
  } catch (cause) {
    throw new Error(`the parameters below ${prefix} could not be read: ${messageOf(cause)}`, { cause });
  }
}

/**
 * Writes a parameter.
 *
 * @param name relative to the prefix
 * @param exists whether it is a new version of one that is there
 * @returns the version that was written
 * @throws Error that says what AWS said
 */
export async function writeDeployed(
  { prefix, client }: Deployment,
  name: string,
  { value, tier }: ParameterValue,
  exists: boolean,
): Promise<number> {
  const put = (Tier: ParameterValue["tier"]) =>
    client.send(
      new PutParameterCommand({
        Name: `${prefix}/${name}`,
        Value: value,
        Type: "String",
        Tier,
        Overwrite: exists,
      }),
    );
  try {
    const { Version } = await put(tier).catch((cause: Error) => {
      // A parameter that once was Advanced stays so, however short it becomes.
      if (/downgrade/i.test(cause.message)) return put("Advanced");
      throw cause;
    });
    return Version ?? 0;
  } catch (cause) {
    throw new Error(`${prefix}/${name} could not be written: ${messageOf(cause)}`, { cause });
  }
}

function messageOf(cause: unknown): string {
  const { name, message } = cause as Error;
  if (name === "CredentialsProviderError")
    return "no AWS credentials. Set AWS_PROFILE, or sign in with the AWS CLI.";
  if (/region is missing/i.test(message)) return "no AWS Region. Set AWS_REGION.";
  return terminalText(`${name}: ${message}`);
}
