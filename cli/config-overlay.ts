// Points a configuration at this machine: hosts alone are replaced, every rule stays as it is in the files. Works on the
// text of each file, so that one that cannot be parsed reaches the checks as it is and is reported there.
import type { ConfigSource } from "../infra/config-source.ts";

/** What is replaced. */
export type ConfigOverlay = {
  /** `public_url`, also where the file has one. */
  readonly publicUrl?: string;
  /** `descope.base_url`, of the gateway and of servers that have a block of their own. */
  readonly descopeBaseUrl?: string;
  /** `url` of these servers. */
  readonly serverUrls?: Readonly<Record<string, string>>;
};

/** Applies an overlay; `localUrl` becomes the `public_url` of a gateway that has none. */
export function overlaid(source: ConfigSource, overlay: ConfigOverlay, localUrl: string): ConfigSource {
  const { publicUrl, descopeBaseUrl, serverUrls = {} } = overlay;
  return {
    gateway: {
      ...source.gateway,
      text: edited(source.gateway.text, (config) => ({
        ...config,
        public_url: publicUrl ?? config["public_url"] ?? localUrl,
        ...descopeAt(config["descope"], descopeBaseUrl),
      })),
    },
    servers: source.servers.map((server) => {
      const url = Object.hasOwn(serverUrls, server.name) ? serverUrls[server.name] : undefined;
      // A file with nothing to replace stays as it is written, faults included.
      if (url === undefined && (descopeBaseUrl === undefined || !server.text.includes('"descope"')))
        return server;
      return {
        ...server,
        text: edited(server.text, (config) => ({
          ...config,
          ...(url !== undefined && { url }),
          ...descopeAt(config["descope"], descopeBaseUrl),
        })),
      };
    }),
  };
}

/** The block with its host replaced; nothing where there is neither a block nor a host. */
function descopeAt(descope: unknown, baseUrl: string | undefined): { descope?: Record<string, unknown> } {
  if (baseUrl === undefined || !isRecord(descope)) return {};
  const { region: _, ...block } = descope;
  return { descope: { ...block, base_url: baseUrl } };
}

function edited(text: string, edit: (config: Record<string, unknown>) => Record<string, unknown>): string {
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch {
    return text;
  }
  return isRecord(config) ? JSON.stringify(edit(config), null, 2) : text;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
