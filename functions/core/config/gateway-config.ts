// gateway.json: settings for all servers.

import * as v from "valibot";
import { blockedKey } from "./blocked-entries.ts";
import { combinedSchema } from "./combined.ts";
import { descopeSchema, twoBlocksFault } from "./descope-shorthand.ts";
import type { Parsed } from "./faults.ts";
import {
  checkedText,
  closedObject,
  faultPath,
  flag,
  list,
  optionalKey,
  resourceName,
  schemaLink,
  scopesSupported,
  wholeNumber,
} from "./fields.ts";
import { jwtValidationSchema } from "./jwt-validation.ts";
import { parseConfig } from "./parse-config.ts";
import { rateLimitsSchema } from "./rate-limits.ts";
import { upstreamAuthSchema } from "./upstream/schema.ts";
import { baseUrlFault, originFault, urlFault } from "./urls.ts";
import { identityForwardingSchema } from "./user-identity-forwarding.ts";

// The `limits` block of gateway.json.

/** Maximum size of a Lambda event, which contains the body as escaped JSON text and the request's other properties. */
const LAMBDA_EVENT_BYTES = 6_291_456;

export const limitsSchema = closedObject({
  max_body_bytes: optionalKey(wholeNumber("bytes", 1024, LAMBDA_EVENT_BYTES), {
    description:
      "Maximum request body size. The default, 4 MiB, is that of the MCP SDK and leaves room for escaping in the 6 MiB of a Lambda event. API Gateway may respond to larger bodies with its own 413.",
    examples: [1_048_576],
    default: 4_194_304,
  }),
  max_json_depth: optionalKey(wholeNumber("levels", 4, 512), {
    description: "Maximum nesting depth of a request body.",
    examples: [32],
    default: 64,
  }),
  max_identity_bytes: optionalKey(wholeNumber("bytes", 256, 8192), {
    description:
      "Maximum size of the identity header. Requests above it fail; the header is never truncated.",
    examples: [4096],
    default: 8192,
  }),
  sse_heartbeat_seconds: optionalKey(wholeNumber("seconds", 1, 60), {
    description: "Interval at which a comment line is sent to keep an idle event stream open.",
    examples: [30],
    default: 15,
  }),
});

const IN_SERVER = "Move it to servers/<name>.json.";

const WITHOUT_TOKEN_RULES = `needs token rules for the whole gateway, which decide who may use its URL. Add "descope" or "jwt_validation" here, in gateway.json.`;

/** The file gateway.json. */
export const gatewayConfigSchema = v.pipe(
  closedObject(
    {
      $schema: schemaLink("schema/gateway.schema.json"),
      public_url: optionalKey(checkedText("an https URL", baseUrlFault), {
        description:
          "URL of the gateway for clients, without a trailing slash. Must be identical to the MCP Server URL in Descope.",
        examples: ["https://mcp.example.com"],
        defaultNote: "the URL of the API",
      }),
      descope: optionalKey(descopeSchema, {
        description:
          "Short form of `jwt_validation` for Descope. The command `config expand` prints the full form.",
      }),
      jwt_validation: optionalKey(jwtValidationSchema, {
        description: "Which tokens are allowed, for servers without this block.",
        source: "Portkey",
      }),
      user_identity_forwarding: optionalKey(identityForwardingSchema, {
        description: "How servers receive the caller's identity, for servers without this block.",
        source: "Portkey",
        defaultNote: "no identity is sent",
      }),
      upstream_auth: optionalKey(upstreamAuthSchema, {
        description:
          'Credential that the gateway shows to MCP servers without a block of their own. A server opts out with `{"type": "none"}`.',
        defaultNote: "only `headers`",
      }),
      rate_limits: optionalKey(rateLimitsSchema, {
        description:
          "How many calls callers may make in a time, over all servers together. Servers can have more limits of their own.",
        examples: [[{ name: "everyone", per: ["sub"], limit: 600, window: "1m" }]],
        defaultNote: "none",
      }),
      blocked: blockedKey(
        "Kill switch: callers that every server denies with 403 `blocked` although their token is valid. The command `config block` adds entries.",
      ),
      combined: optionalKey(combinedSchema, {
        description:
          "One URL, `<public_url>/mcp`, for several servers. Each member's own rules apply there as at its own URL.",
        examples: [{ servers: ["notes", "reports"] }],
        defaultNote: "no such URL",
      }),
      scopes_supported: scopesSupported(
        "Scopes in the protected resource metadata and the challenge.",
        "none",
      ),
      allowed_origins: optionalKey(list(checkedText("an origin", originFault), "origins"), {
        description:
          "Origins of web pages that may call the gateway (CORS). Requests with another `Origin` get 403.",
        examples: [["https://app.example.com"]],
        source: "MCP",
        default: [],
      }),
      resource_name: resourceName("Name of the gateway shown by clients.", "none"),
      resource_documentation: optionalKey(checkedText("an https URL", urlFault), {
        description: "Documentation page for developers.",
        examples: ["https://docs.example.com/mcp"],
        source: "RFC 9728",
      }),
      challenge_resource_metadata: optionalKey(flag(), {
        description:
          "`true` adds the URL of a metadata document to the challenge: that of the only server, or that of the gateway if there are several servers, whose `resource` many clients reject. Without this key, a gateway with `combined` whose URL has a path adds the document of `/mcp`. `false` omits it: clients then read the document at the well-known URL of the server that they call.",
        examples: [false],
        source: "RFC 9728",
        defaultNote: "`false` if the gateway's URL has no path, else `true`",
      }),
      serve_authorization_server_metadata: optionalKey(flag(), {
        description:
          "`true` serves the authorization server's metadata at `/.well-known/oauth-authorization-server`, for clients that look for it at the gateway.",
        examples: [true],
        source: "RFC 8414",
        default: false,
      }),
      limits: optionalKey(limitsSchema, { description: "Limits on requests.", default: {} }),
    },
    {
      url: IN_SERVER,
      headers: IN_SERVER,
      forward_headers: IN_SERVER,
      timeouts: IN_SERVER,
      get_stream: IN_SERVER,
      get_stream_seconds: IN_SERVER,
      enabled: IN_SERVER,
      tenants: IN_SERVER,
      tenant_required: IN_SERVER,
      tool_authorization: IN_SERVER,
      tool_authorization_mode: IN_SERVER,
      prompt_authorization: IN_SERVER,
      resource_authorization: IN_SERVER,
      servers: "Each server has its own file: servers/<name>.json.",
      mcpServers: "Each server has its own file: servers/<name>.json.",
    },
  ),
  v.rawCheck(({ dataset, addIssue }) => {
    const message = twoBlocksFault(dataset.value);
    if (message !== undefined) addIssue({ message, path: faultPath("descope") });
    const { combined, descope, jwt_validation } = dataset.typed ? dataset.value : {};
    if (combined !== undefined && descope === undefined && jwt_validation === undefined) {
      addIssue({ message: WITHOUT_TOKEN_RULES, path: faultPath("combined") });
    }
    const upstream = dataset.typed ? dataset.value.upstream_auth : undefined;
    if (upstream?.type === "sigv4" && upstream.agentcore_runtime_arn !== undefined) {
      addIssue({ message: IN_SERVER, path: faultPath("upstream_auth", "agentcore_runtime_arn") });
    }
  }),
);

/** gateway.json with its defaults. */
export type GatewayConfig = v.InferOutput<typeof gatewayConfigSchema>;

/** Parses gateway.json. Never throws. */
export function parseGatewayConfig(text: string): Parsed<GatewayConfig> {
  return parseConfig(text, gatewayConfigSchema);
}
