// Locates the deployed configuration, reads it, and writes single parameters.
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { Parameter } from "../functions/core/config-snapshot.ts";
import { terminalText } from "../functions/core/safe-text.ts";
import { createParameterReader } from "../functions/platform/parameter-store.ts";
import type { ConfigSource } from "../infra/config-source.ts";
import { SSM_PATH } from "../infra/gateway-names.ts";
import type { ParameterValue } from "../infra/parameter-value.ts";
import { overlaid } from "./config-overlay.ts";
import { readGatewayFile } from "./local-gateway-file.ts";
import { type CommandOptions, UsageError } from "./terminal.ts";

export type Deployment = {
  prefix: string;
  client: SSMClient;
  /** Settings for clients of other AWS services. */
  aws: AwsSettings;
  /** The files as they are deployed there: the local gateway replaces hosts. */
  adapted(source: ConfigSource): ConfigSource;
};

/** Endpoint, Region and credentials; empty: the AWS SDK's defaults. */
export type AwsSettings = {
  endpoint?: string | undefined;
  region?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
};

const LOCAL_AWS = {
  region: "us-east-1",
  credentials: { accessKeyId: "local", secretAccessKey: "local" },
};

/** The deployment that the options name. @throws UsageError if they name none or two */
export function deploymentOf({
  prefix,
  local,
  port,
}: Pick<CommandOptions, "prefix" | "local" | "port">): Deployment {
  if (local) {
    if (prefix !== undefined) throw new UsageError("give either --prefix or --local");
    const gateway = readGatewayFile(portNumber(port));
    return {
      prefix: gateway.prefix,
      client: new SSMClient({ ...LOCAL_AWS, endpoint: gateway.ssmEndpoint }),
      aws: { ...LOCAL_AWS, endpoint: gateway.dynamoDbEndpoint },
      adapted: (source) => overlaid(source, gateway.overlay, gateway.url),
    };
  }
  if (port !== undefined) throw new UsageError("--port requires --local");
  if (prefix === undefined) throw new UsageError("--prefix is missing, such as --prefix /mcp-gateway/prod");
  const path = prefix.replace(/\/$/, "");
  if (!SSM_PATH.test(path)) {
    throw new UsageError(
      `--prefix expects an SSM path such as /mcp-gateway/prod, but got ${JSON.stringify(prefix)}`,
    );
  }
  return { prefix: path, client: new SSMClient({}), aws: {}, adapted: (source) => source };
}

/** The configuration's directory, if none is given: with `--local`, the one that the gateway was started with. */
export function defaultConfigDir({
  prefix,
  local,
  port,
}: Pick<CommandOptions, "prefix" | "local" | "port">): string {
  return local === true && prefix === undefined ? localConfigDir(port) : "config";
}

/** The directory that the local gateway was started with. @throws UsageError, Error if none runs */
export function localConfigDir(port: string | undefined): string {
  return readGatewayFile(portNumber(port)).configDir;
}

function portNumber(port: string | undefined): number | undefined {
  if (port === undefined || /^\d{1,5}$/.test(port)) return port === undefined ? undefined : Number(port);
  throw new UsageError(`--port expects the port of a local gateway, but got ${JSON.stringify(port)}`);
}

/** All parameters below the prefix. @throws Error with AWS's message */
export async function readDeployed({ prefix, client }: Deployment): Promise<Parameter[]> {
  try {
    return await createParameterReader(client, prefix)();
  } catch (cause) {
    throw new Error(`the parameters below ${prefix} could not be read: ${messageOf(cause)}`, { cause });
  }
}

/** All parameters of a configuration that exists. @throws Error if there are none, as with a wrong prefix, Region or account */
export async function readExisting(deployment: Deployment): Promise<Parameter[]> {
  const deployed = await readDeployed(deployment);
  if (deployed.length === 0)
    throw new Error(`${await emptyText(deployment)}. Check --prefix, AWS_REGION and AWS_PROFILE.`);
  return deployed;
}

/** A note for a first push, which may be one to the wrong place; empty if parameters exist. */
export async function firstPushText(deployed: readonly Parameter[], deployment: Deployment): Promise<string> {
  if (deployed.length > 0) return "";
  return `\nThis is a first push: ${await emptyText(deployment)}. If the gateway is deployed, check --prefix, AWS_REGION and AWS_PROFILE.\n`;
}

async function emptyText({ prefix, client }: Deployment): Promise<string> {
  return `no parameters exist below ${prefix} in the Region ${await client.config.region()}`;
}

/**
 * Writes a parameter.
 *
 * @param name relative to the prefix
 * @param exists whether the parameter exists and gets a new version
 * @returns the version that was written
 * @throws Error with AWS's message
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
      // SSM cannot change an Advanced parameter back to Standard.
      if (/downgrade/i.test(cause.message)) return put("Advanced");
      throw cause;
    });
    return Version ?? 0;
  } catch (cause) {
    throw new Error(`${prefix}/${name} could not be written: ${messageOf(cause)}`, { cause });
  }
}

/** An error of the AWS SDK, with what to do about credentials and the Region. */
export function messageOf(cause: unknown): string {
  const { name, message, code } = cause as NodeJS.ErrnoException;
  if (/region is missing/i.test(message)) return "no AWS Region. Set AWS_REGION.";
  const text = terminalText(`${name}: ${message}`);
  if (name === "CredentialsProviderError")
    return `no AWS credentials (${terminalText(message.replace(/\.$/, ""))}). Set AWS_PROFILE, or sign in with the AWS CLI.`;
  if (/^(ExpiredToken|UnrecognizedClient|InvalidSignature)/.test(name))
    return `${text.replace(/\.$/, "")}. Sign in to AWS again, or set AWS_PROFILE.`;
  return code === "ENOTFOUND" ? `${text}. Check AWS_REGION.` : text;
}
