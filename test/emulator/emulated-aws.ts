// An AWS emulator on loopback and the CDK CLI for it, without Docker, an AWS account or the user's AWS profile.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import { GetParametersByPathCommand, SSMClient } from "@aws-sdk/client-ssm";
import { closedPort } from "../support/loopback-server.ts";

const ROOT = join(import.meta.dirname, "../..");
const EMULATOR = join(ROOT, ".local/emulator/bin/ministack");
const ACCOUNT = "000000000000";
const REGION = "us-east-1";

export type EmulatedAws = {
  url: string;
  /** Runs `cdk`. */
  cdk(...args: string[]): Promise<void>;
  bootstrap(): Promise<void>;
  /** Runs `npm run config`; returns its output. */
  config(...args: string[]): Promise<string>;
  /** Names of the parameters below a path, sorted. */
  parameterNames(path: string): Promise<string[]>;
  close(): Promise<void>;
};

export async function startEmulatedAws(): Promise<EmulatedAws> {
  const port = await closedPort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(EMULATOR, {
    stdio: "ignore",
    env: { ...process.env, GATEWAY_PORT: String(port), BIND_HOST: "127.0.0.1", LOG_LEVEL: "ERROR" },
  });
  await untilReady(url, child);
  const { AWS_PROFILE: _profile, ...environment } = process.env;
  const env = {
    ...environment,
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: ACCOUNT,
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_REGION: REGION,
    AWS_EC2_METADATA_DISABLED: "true",
    NO_PROXY: "127.0.0.1,localhost",
  };
  const cdk = async (...args: string[]) => {
    await promisify(execFile)(join(ROOT, "node_modules/.bin/cdk"), args, { cwd: ROOT, env });
  };
  return {
    url,
    cdk,
    bootstrap: () =>
      cdk("bootstrap", `aws://${ACCOUNT}/${REGION}`, "--output", join(ROOT, ".local/emulator/cdk")),
    config: async (...args) =>
      (
        await promisify(execFile)(process.execPath, [join(ROOT, "cli/config.ts"), ...args], {
          cwd: ROOT,
          env,
        })
      ).stdout,
    parameterNames: async (Path) => {
      const credentials = { accessKeyId: ACCOUNT, secretAccessKey: "local" };
      const client = new SSMClient({ endpoint: url, region: REGION, credentials });
      const { Parameters = [] } = await client.send(
        new GetParametersByPathCommand({ Path, Recursive: true }),
      );
      return Parameters.map(({ Name = "" }) => Name).sort();
    },
    close: async () => {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the emulator ended with ${child.exitCode}`);
    try {
      await fetch(url);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
