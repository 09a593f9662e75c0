// Builds the configuration snapshot that the functions would use, from files or from SSM.
import {
  buildSnapshot,
  type ConfigPlace,
  type ConfigSnapshot,
  type Parameter,
} from "../functions/core/config-snapshot.ts";
import { terminalText } from "../functions/core/safe-text.ts";
import { type ConfigSource, readConfigSource } from "../infra/config-source.ts";
import { type Deployment, readExisting } from "./deployed-config.ts";

/** Thrown if a configuration has errors; the message lists them. */
export class InvalidConfiguration extends Error {}

/**
 * From the files of a directory.
 *
 * @param publicUrl the default for `public_url`
 * @param adapted the files as they are deployed, for a deployment that replaces hosts
 * @throws InvalidConfiguration; Error if the files cannot be read
 */
export function snapshotOfDirectory(
  dir: string,
  publicUrl?: string,
  adapted: (source: ConfigSource) => ConfigSource = (source) => source,
): ConfigSnapshot {
  const { gateway, servers } = adapted(readConfigSource(dir));
  return snapshotOf(
    [
      { name: "gateway", version: 0, text: gateway.text },
      ...servers.map(({ name, text }) => ({ name: `servers/${name}`, version: 0, text })),
    ],
    { publicUrl },
  );
}

/** From SSM Parameter Store. @throws InvalidConfiguration; Error if it cannot be read */
export async function snapshotOfDeployment(
  deployment: Deployment,
  publicUrl?: string,
): Promise<ConfigSnapshot> {
  return snapshotOf(await readExisting(deployment), { prefix: deployment.prefix, publicUrl });
}

function snapshotOf(parameters: Parameter[], place: ConfigPlace): ConfigSnapshot {
  const { snapshot, faults } = buildSnapshot(parameters, { servers: new Map() }, place);
  const messages = faults.flatMap((parameter) =>
    parameter.faults.map(({ path, message }) =>
      terminalText(`${[parameter.name, path].filter((part) => part !== "").join(": ")}: ${message}`),
    ),
  );
  if (snapshot === undefined || messages.length > 0) {
    throw new InvalidConfiguration(`the configuration is invalid:\n  ${messages.join("\n  ")}`);
  }
  return snapshot;
}
