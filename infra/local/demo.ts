// What surrounds the example gateway on this machine: the sign-in server that stands in for Descope, and the two MCP
// servers behind it. Only their hosts are put into the configuration.
import type { ConfigOverlay } from "./config-overlay.ts";
import { startEverything } from "./downstream/everything.ts";
import { startWhoami } from "./downstream/whoami.ts";
import { type SignInServer, startSignIn } from "./sign-in/sign-in-server.ts";

/** The running demo. */
export type Demo = { readonly signIn: SignInServer; readonly overlay: ConfigOverlay; close(): Promise<void> };

/** What of gateway.json the sign-in server has to agree with. */
type DemoConfig = {
  readonly descope?: { readonly project_id?: string; readonly mcp_server_id?: string };
  readonly scopes_supported?: readonly string[];
};

/**
 * Starts the demo.
 *
 * @param gatewayText text of gateway.json
 * @param publicUrl the gateway's URL
 * @param signInPort preferred port; another is taken when it is not free
 */
export async function startDemo(gatewayText: string, publicUrl: string, signInPort: number): Promise<Demo> {
  const { descope = {}, scopes_supported = [] } = JSON.parse(gatewayText) as DemoConfig;
  const signInOptions = {
    projectId: descope.project_id ?? "P2ExampleProjectId000000000000",
    mcpServerId: descope.mcp_server_id ?? "MS2ExampleMcpServerId0000000000",
    resource: publicUrl,
    resources: [publicUrl],
    scopes: [...scopes_supported],
  };
  const [whoami, everything, signIn] = await Promise.all([
    startWhoami({}),
    startEverything({}),
    startSignIn({ ...signInOptions, port: signInPort }).catch(() => startSignIn(signInOptions)),
  ]);
  return {
    signIn,
    overlay: {
      publicUrl,
      descopeBaseUrl: signIn.baseUrl,
      serverUrls: { whoami: whoami.url, everything: everything.url },
    },
    close: async () => {
      await Promise.all([whoami.close(), everything.close(), signIn.close()]);
    },
  };
}
