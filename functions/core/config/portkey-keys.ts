// Keys of Portkey's MCP gateway that this gateway does not support, each with the replacement.
// https://portkey.ai/docs/product/mcp-gateway/advanced-configuration, https://portkey.ai/docs/integrations/guardrails/jwt
import { docsUrl } from "../docs-url.ts";

const OAUTH_TO_SERVER = `Use "upstream_auth" to choose the gateway's credential for this server: "descope_connection" for one token per user, "client_credentials" for one token of the gateway; or "headers" for a fixed one. See ${docsUrl("upstream-credentials.md")}.`;

const CLAIM_HEADERS =
  'Use "user_identity_forwarding" with "method": "claims_header" and "include_claims", which sends the claims in one header. Remove it.';

/** Advice by key of Portkey's JWT guardrail, for `jwt_validation`. */
export const PORTKEY_TOKEN_KEYS: Readonly<Record<string, string>> = {
  extractClaims: CLAIM_HEADERS,
  claimPrefix: CLAIM_HEADERS,
};

/** Advice by key, for files servers/<name>.json. */
export const PORTKEY_SERVER_KEYS: Readonly<Record<string, string>> = {
  oauth_metadata: OAUTH_TO_SERVER,
  external_auth_config:
    'Descope signs users in: configure the identity provider there, and the allowed tokens in "descope" or "jwt_validation". Remove it.',
  secret_mappings:
    'Reference secrets where they are used: write {{ssm:/name}} in "headers" or "upstream_auth" and store the value in Parameter Store. Remove it.',
  authorization_webhook:
    'Webhooks are not supported. Use claims and scopes in "tool_authorization", "prompt_authorization" and "resource_authorization".',
  mcp_integration_details:
    'Move its members to the top level of the file: "url", and the keys of its "configurations".',
  configurations: "Move its members to the top level of the file.",
  transport:
    "The gateway supports only Streamable HTTP. Remove it; for a server with another transport, put a bridge in front of it.",
  auth_type: 'Use "upstream_auth" and "headers" to authenticate to the server. Remove it.',
  type: "The gateway supports only Streamable HTTP. Remove it.",
  slug: "A server is named by its file: servers/<name>.json. Remove it.",
  workspace_id: "Workspaces are not supported: one stack is one gateway. Remove it.",
  guardrails: "The gateway does not inspect the content of tool calls. Remove it.",
  claimValues: 'Move it to "jwt_validation".',
  requiredClaims: 'Move it to "jwt_validation".',
  jwksUri: 'Move it to "jwt_validation".',
};
