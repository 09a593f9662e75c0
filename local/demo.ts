// The environment of the example gateway on this machine: the sign-in server that stands in for Descope, and the MCP servers. Only
// hosts are replaced in the configuration.

import type { ConfigOverlay } from "../cli/config-overlay.ts";
import { objectOrEmpty, readJson } from "../functions/core/json.ts";
import type { ConfigSource } from "../infra/config-source.ts";
import { startEverything } from "./downstream/everything.ts";
import { startNotes } from "./downstream/notes.ts";
import { startWhoami } from "./downstream/whoami.ts";
import type { Account } from "./sign-in/connections/connection-store.ts";
import { FETCH_SCOPE } from "./sign-in/connections/vault.ts";
import { type SignInOptions, type SignInServer, startSignIn } from "./sign-in/sign-in-server.ts";
import { readUpstreamNeeds } from "./upstream-needs.ts";

export type Demo = { readonly signIn: SignInServer; readonly overlay: ConfigOverlay; close(): Promise<void> };

export type DemoSignIn = Pick<
  SignInOptions,
  "advertiseClientDocuments" | "onGrant" | "onProblem" | "tokenLifetimeSeconds"
>;

/**
 * Starts the demo.
 *
 * @param source the configuration; the synthesis reports its errors
 * @param signInPort preferred port; if it is in use, another one
 * @param more settings of the sign-in server
 */
export async function startDemo(
  source: ConfigSource,
  publicUrl: string,
  signInPort: number,
  more: DemoSignIn = {},
): Promise<Demo> {
  const gateway = objectIn(source.gateway.text);
  const descope = objectOrEmpty(gateway["descope"]);
  const needs = readUpstreamNeeds(
    gateway,
    source.servers.map(({ text }) => objectIn(text)),
  );
  // A client requests it at sign-in; the gateway lists it in its metadata.
  const fetchScope = needs.connectionApps.length > 0 ? [FETCH_SCOPE] : [];
  const defaultScopes = [...new Set([...names(gateway["scopes_supported"]), ...fetchScope])];
  const signInOptions = {
    ...more,
    projectId: String(descope["project_id"] ?? "P2ExampleProjectId000000000000"),
    mcpServerId: String(descope["mcp_server_id"] ?? "MS2ExampleMcpServerId0000000000"),
    resource: publicUrl,
    scopes: [
      ...new Set([
        ...defaultScopes,
        ...source.servers.flatMap(({ text }) => scopesOf(text)),
        ...needs.scopes,
      ]),
    ],
    upstreamResources: needs.resources,
    connectionApps: needs.connectionApps,
    defaultScopes,
  };
  // `whoami` under several names shows several kinds of credential.
  const whoamiNames = source.servers.map(({ name }) => name).filter((name) => /^whoami(-|$)/.test(name));
  const [whoami, everything, signIn] = await Promise.all([
    startWhoami({}),
    startEverything({}),
    startSignIn({ ...signInOptions, port: signInPort }).catch(() => startSignIn(signInOptions)),
  ]);
  const notes = await startNotes({ accountOf: (token) => accountName(signIn.connections.accountOf(token)) });
  return {
    signIn,
    overlay: {
      publicUrl,
      descopeBaseUrl: signIn.baseUrl,
      serverUrls: {
        ...Object.fromEntries(whoamiNames.map((name) => [name, whoami.url])),
        everything: everything.url,
        notes: notes.url,
      },
      connectUrl: signIn.connectionsUrl,
    },
    close: async () => {
      await Promise.all([whoami.close(), everything.close(), notes.close(), signIn.close()]);
    },
  };
}

/** One account at the `notes` service for each connection: a user's, a tenant's, or a user's within a tenant. */
function accountName(account: Account | undefined): string | undefined {
  return account && JSON.stringify([account.userId, account.tenantId]);
}

/** Every scope in a server's file: at Descope, each would be a scope of the MCP Server. */
function scopesOf(serverText: string): string[] {
  const server = objectIn(serverText);
  const rules = ["tool_authorization", "prompt_authorization", "resource_authorization"].flatMap((key) =>
    Object.values(objectOrEmpty(server[key])),
  );
  return [
    ...names(server["scopes_supported"]),
    ...rules.flatMap((rule) => names(objectOrEmpty(rule)["required_scopes"])),
  ];
}

function objectIn(text: string): Record<string, unknown> {
  return objectOrEmpty(readJson(text).value);
}

function names(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}
