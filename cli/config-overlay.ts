// Points a configuration at this machine: replaces only hosts and keeps every rule. Works on the text of each file, so that
// an invalid file reaches the checks unchanged and is reported there.
import { isJsonObject } from "../functions/core/json.ts";
import type { ConfigSource } from "../infra/config-source.ts";

/** Path of a project's token endpoint, below Descope's base URL. */
const PROJECT_TOKEN_PATH = "/oauth2/v1/apps/token";

/** The values to replace. */
export type ConfigOverlay = {
  /** `public_url`; replaces an existing one. */
  readonly publicUrl?: string;
  /** `descope.base_url` of the gateway and of servers with their own block. */
  readonly descopeBaseUrl?: string;
  /** `url` of these servers and of their tenants' `url` keys. */
  readonly serverUrls?: Readonly<Record<string, string>>;
  /** `connect_url` of every `upstream_auth` block that has one. */
  readonly connectUrl?: string;
};

/** Applies an overlay; `localUrl` is the default for `public_url`. */
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
      // A file with nothing to replace stays unchanged, even if it is invalid.
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

/** The block with its host replaced; empty without a block or a host. */
function descopeAt(descope: unknown, baseUrl: string | undefined): { descope?: Record<string, unknown> } {
  if (baseUrl === undefined || !isJsonObject(descope)) return {};
  const { region: _, ...block } = descope;
  return { descope: { ...block, base_url: baseUrl } };
}

/** The block with Descope's URLs replaced; another issuer's token endpoint is kept. */
function upstreamAuthAt(
  block: unknown,
  { descopeBaseUrl, connectUrl }: ConfigOverlay,
): { upstream_auth?: Record<string, unknown> } {
  if (descopeBaseUrl === undefined || !isJsonObject(block)) return {};
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

/** Replaces the tenants' own URLs by the server's. */
function tenantsAt(
  tenants: unknown,
  url: string | undefined,
  overlay: ConfigOverlay,
): { tenants?: Record<string, unknown> } {
  if (!isJsonObject(tenants)) return {};
  const replaced = Object.entries(tenants).map(([id, tenant]) => {
    if (!isJsonObject(tenant)) return [id, tenant];
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
  return isJsonObject(config) ? JSON.stringify(edit(config), null, 2) : text;
}
