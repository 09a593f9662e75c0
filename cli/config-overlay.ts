// Points a configuration at this machine: hosts alone are replaced, every rule stays as it is in the files. Works on the
// text of each file, so that one that cannot be parsed reaches the checks as it is and is reported there.
import type { ConfigSource } from "../infra/config-source.ts";

/** Descope's token endpoint of a project, below its base URL. */
const PROJECT_TOKEN_PATH = "/oauth2/v1/apps/token";

/** What is replaced. */
export type ConfigOverlay = {
  /** `public_url`, also where the file has one. */
  readonly publicUrl?: string;
  /** `descope.base_url`, of the gateway and of servers that have a block of their own. */
  readonly descopeBaseUrl?: string;
  /** `url` of these servers, and of their tenants where they have one. */
  readonly serverUrls?: Readonly<Record<string, string>>;
  /** `connect_url` of every `upstream_auth` block that has one. */
  readonly connectUrl?: string;
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
        ...upstreamAuthAt(config["upstream_auth"], overlay),
      })),
    },
    servers: source.servers.map((server) => {
      const url = Object.hasOwn(serverUrls, server.name) ? serverUrls[server.name] : undefined;
      const hasDescope = server.text.includes('"descope"') || server.text.includes('"upstream_auth"');
      // A file with nothing to replace stays as it is written, faults included.
      if (url === undefined && (descopeBaseUrl === undefined || !hasDescope)) return server;
      return {
        ...server,
        text: edited(server.text, (config) => ({
          ...config,
          ...(url !== undefined && { url }),
          ...descopeAt(config["descope"], descopeBaseUrl),
          ...upstreamAuthAt(config["upstream_auth"], overlay),
          ...tenantsAt(config["tenants"], url, overlay),
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

/** The block with Descope's addresses replaced, where it names any; a token endpoint of another issuer stays. */
function upstreamAuthAt(
  block: unknown,
  { descopeBaseUrl, connectUrl }: ConfigOverlay,
): { upstream_auth?: Record<string, unknown> } {
  if (descopeBaseUrl === undefined || !isRecord(block)) return {};
  const tokenUrl = URL.parse(String(block["token_url"]));
  return {
    upstream_auth: {
      ...block,
      ...("base_url" in block && { base_url: descopeBaseUrl }),
      ...("connect_url" in block && connectUrl !== undefined && { connect_url: connectUrl }),
      ...(tokenUrl?.pathname === PROJECT_TOKEN_PATH && { token_url: descopeBaseUrl + PROJECT_TOKEN_PATH }),
    },
  };
}

/** Tenants with an address of their own get the server's in its place. */
function tenantsAt(
  tenants: unknown,
  url: string | undefined,
  overlay: ConfigOverlay,
): { tenants?: Record<string, unknown> } {
  if (!isRecord(tenants)) return {};
  const replaced = Object.entries(tenants).map(([id, tenant]) => {
    if (!isRecord(tenant)) return [id, tenant];
    const ownUrl = url !== undefined && "url" in tenant ? { url } : {};
    return [id, { ...tenant, ...ownUrl, ...upstreamAuthAt(tenant["upstream_auth"], overlay) }];
  });
  return { tenants: Object.fromEntries(replaced) };
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
