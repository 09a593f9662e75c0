// Keys of Portkey's MCP gateway that this gateway does not take, each with what to write here instead.
// https://portkey.ai/docs/product/mcp-gateway/advanced-configuration

const OAUTH_TO_SERVER =
  'Say in "upstream_auth" how the gateway signs in to this server: "descope_connection" for tokens of each user, "client_credentials" for one of the gateway\'s own, "headers" for a fixed one. See docs/upstream-credentials.md.';

/** Advice by key, for files servers/<name>.json. */
export const PORTKEY_SERVER_KEYS: Readonly<Record<string, string>> = {
  oauth_metadata: OAUTH_TO_SERVER,
  external_auth_config:
    'Descope signs users in: set up the identity provider there, and name its tokens in "descope" or "jwt_validation". Remove it.',
  secret_mappings:
    'Secrets are referenced where they are used: write {{ssm:/name}} in "headers" or "upstream_auth" and store the value in Parameter Store. Remove it.',
  authorization_webhook:
    'The gateway calls no webhook. Decide by claims and scopes in "tool_authorization", "prompt_authorization" and "resource_authorization".',
  mcp_integration_details:
    'Write what it holds at the top of the file: "url", and the keys of its "configurations".',
  configurations: "Write what it holds at the top of the file.",
  transport:
    "The gateway speaks Streamable HTTP alone. Remove it; for a server of another transport put a bridge in front of it.",
  auth_type: 'What the server wants to see is said by "upstream_auth" and "headers". Remove it.',
  type: "The gateway speaks Streamable HTTP alone. Remove it.",
  slug: "A server is named by its file: servers/<name>.json. Remove it.",
  workspace_id: "One stack is one gateway: it has no workspaces. Remove it.",
  guardrails: "The gateway does not inspect what tools send or return. Remove it.",
  claimValues: 'It belongs into "jwt_validation".',
  requiredClaims: 'It belongs into "jwt_validation".',
  jwksUri: 'It belongs into "jwt_validation".',
};
