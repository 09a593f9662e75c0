// Pre-registered clients: an app whose id is entered in an MCP client's settings, and an agent that signs in for itself. The
// secret protects nothing: the server listens only on loopback.
import type { ClientMetadata } from "oidc-provider";

/** Public client (no secret) for MCP clients that take a client id in their settings; any loopback port. */
export const PREREGISTERED_CLIENT_ID = "local-client";
/** Client of the client credentials grant; authenticates with `client_secret_basic`. */
const AGENT_CLIENT_ID = "local-agent";
const AGENT_CLIENT_SECRET = "local-agent-secret";

const CALLBACK_PATHS = ["", "/", "/callback", "/oauth/callback", "/oauth/callback/debug", "/oauth2/callback"];

export const LOCAL_CLIENTS: ClientMetadata[] = [
  {
    client_id: PREREGISTERED_CLIENT_ID,
    client_name: "Pre-registered local client",
    application_type: "native",
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code", "refresh_token"],
    redirect_uris: [
      ...CALLBACK_PATHS.flatMap((path) => [`http://127.0.0.1${path}`, `http://localhost${path}`]),
      "https://vscode.dev/redirect",
      "cursor://anysphere.cursor-mcp/oauth/callback",
    ],
  },
  {
    client_id: AGENT_CLIENT_ID,
    client_name: "Local agent",
    client_secret: AGENT_CLIENT_SECRET,
    token_endpoint_auth_method: "client_secret_basic",
    grant_types: ["client_credentials"],
    response_types: [],
    redirect_uris: [],
  },
];
