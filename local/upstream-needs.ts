// The needs of a configuration's `upstream_auth` blocks at the sign-in server: Resources, scopes, and services whose accounts can be
// connected. The synthesis reports errors in the configuration.
import { objectOrEmpty } from "../functions/core/json.ts";
import type { ConnectionApp } from "./sign-in/connections/connection-app.ts";

/** Settings for the sign-in server. */
export type UpstreamNeeds = {
  readonly resources: readonly string[];
  readonly scopes: readonly string[];
  readonly connectionApps: readonly ConnectionApp[];
};

const LEVELS = ["user", "user_in_tenant", "tenant"] as const;

type Block = Record<string, unknown>;

/** @param gateway the parsed gateway.json @param servers the parsed server files */
export function readUpstreamNeeds(gateway: Block, servers: readonly Block[]): UpstreamNeeds {
  const blocks = [gateway, ...servers].flatMap((config) => [
    config["upstream_auth"],
    ...Object.values(objectOrEmpty(config["tenants"])).map(
      (tenant) => objectOrEmpty(tenant)["upstream_auth"],
    ),
  ]);
  const ofTypes = (...types: string[]) =>
    blocks.map(objectOrEmpty).filter(({ type }) => types.includes(String(type)));
  const tokens = ofTypes("client_credentials", "token_exchange");
  const connections = ofTypes("descope_connection").filter(({ app_id: appId }) => typeof appId === "string");
  const apps = new Map(
    connections.map(({ app_id: appId, level, scopes }) => {
      const known = LEVELS.find((each) => each === level) ?? "user";
      return [`${appId} ${known}`, { appId: String(appId), level: known, scopes: strings(scopes) }] as const;
    }),
  );
  return {
    resources: [...new Set(tokens.flatMap(({ resource, audience }) => strings([resource ?? audience])))],
    scopes: [...new Set(tokens.flatMap(({ scopes }) => strings(scopes)))],
    connectionApps: [...apps.values()],
  };
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}
