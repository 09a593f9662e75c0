// servers/<name>.json: one MCP server.

import * as v from "valibot";
import { isJsonObject } from "../json.ts";
import { isMethodName, protocolMethodLike } from "../mcp-methods.ts";
import { nameRulesSchema, uriRulesSchema } from "./access-rules.ts";
import { blockedKey } from "./blocked-entries.ts";
import { promptCurationSchema, resourceCurationSchema, toolCurationSchema } from "./curation-blocks.ts";
import { serverDescopeSchema, twoBlocksFault } from "./descope-shorthand.ts";
import { type Parsed, quoteText } from "./faults.ts";
import {
  checkedText,
  choice,
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
import { forwardHeadersSchema, staticHeadersSchema } from "./header-settings.ts";
import { jwtValidationSchema } from "./jwt-validation.ts";
import { parseConfig } from "./parse-config.ts";
import { PORTKEY_SERVER_KEYS } from "./portkey-keys.ts";
import { rateLimitsSchema } from "./rate-limits.ts";
import { tenantsSchema, upstreamAuthSchema } from "./upstream/schema.ts";
import { agentCoreUrl } from "./upstream/sigv4.ts";
import { urlFault } from "./urls.ts";
import { identityForwardingSchema } from "./user-identity-forwarding.ts";

// Timeouts of the upstream call. API Gateway closes a stream after 5 idle minutes and any stream after 15 minutes.

/** Longest useful timeout: API Gateway ends an integration that has sent nothing for 5 minutes. */
export const FIRST_BYTE_MAX_MS = 290_000;

const milliseconds = (max: number) => wholeNumber("milliseconds", 1, max);

export const timeoutsSchema = closedObject({
  connect_ms: optionalKey(milliseconds(60_000), {
    description: "Timeout for the connection including TLS. It may fire up to a second late.",
    examples: [3000],
    default: 3000,
  }),
  first_byte_ms: optionalKey(milliseconds(900_000), {
    description:
      "Timeout until the server's response begins. For a tool that responds with JSON, this is its whole run time. API Gateway's limit is 5 minutes.",
    examples: [FIRST_BYTE_MAX_MS],
    default: FIRST_BYTE_MAX_MS,
  }),
  idle_ms: optionalKey(milliseconds(900_000), {
    description: "Idle timeout: longest pause within a response of the server.",
    examples: [240_000],
    default: 240_000,
  }),
});

const IN_GATEWAY = "Move it to gateway.json; it applies to all servers.";

function extraMethodFault(method: string): string | undefined {
  if (!isMethodName(method)) {
    return `expected a method name of letters, digits, "_", ".", "$", "-" and "/", got ${quoteText(method)}.`;
  }
  const known = protocolMethodLike(method);
  if (known === method) return `${quoteText(method)} is an MCP method and needs no entry. Remove it.`;
  if (known !== undefined)
    return `${quoteText(method)} is another spelling of ${quoteText(known)}, with which rules could be evaded. Remove it.`;
  return undefined;
}

/** A file servers/<name>.json. */
export const serverConfigSchema = v.pipe(
  closedObject(
    {
      $schema: schemaLink("../schema/server.schema.json"),
      url: optionalKey(checkedText("an https URL", urlFault), {
        description: "MCP endpoint of the server: https, or http on localhost.",
        examples: ["https://tools.example.com/mcp"],
        defaultNote: "**required** unless `upstream_auth` has `agentcore_runtime_arn`",
      }),
      enabled: optionalKey(flag(), {
        description: "`false` disables the server without deleting its file.",
        examples: [false],
        default: true,
      }),
      descope: optionalKey(serverDescopeSchema, {
        description:
          "Separate MCP Server or Resource in Descope for this server, instead of the gateway's. Project and host default to those of the gateway's `descope` block.",
        defaultNote: "the gateway's block",
      }),
      jwt_validation: optionalKey(jwtValidationSchema, {
        description: "Which tokens are allowed for this server. Replaces the gateway's whole block.",
        source: "Portkey",
        defaultNote: "the gateway's block",
      }),
      user_identity_forwarding: optionalKey(identityForwardingSchema, {
        description: "How this server receives the caller's identity. Replaces the gateway's whole block.",
        source: "Portkey",
        defaultNote: "the gateway's block",
      }),
      upstream_auth: optionalKey(upstreamAuthSchema, {
        description: "Credential that the gateway sends to this server. Replaces the gateway's whole block.",
        defaultNote: "the gateway's block",
      }),
      tenants: optionalKey(tenantsSchema, {
        description:
          "`url` and `upstream_auth` for callers of a tenant, by tenant id. The tenant is the token's current tenant (`dct`), which must be one of its `tenants`. Callers of other tenants use those of the server.",
        examples: [{ T2abc: { url: "https://acme.example.com/mcp" } }],
        defaultNote: "the same for all callers",
      }),
      tenant_required: optionalKey(flag(), {
        description: "`true` denies callers without a current tenant.",
        examples: [true],
        defaultNote: "`false`",
      }),
      blocked: blockedKey("As in `gateway.json`, for this server. Added to the gateway's entries."),
      tools: optionalKey(toolCurationSchema, {
        description: "Which tools exist for clients, under which names and descriptions, for every caller.",
        examples: [{ deny: ["admin_*"], rename: { search: "search_notes" } }],
        defaultNote: "the server's tools, unchanged",
      }),
      prompts: optionalKey(promptCurationSchema, {
        description: "The same for prompts.",
        examples: [{ allow: ["summary_*"] }],
        defaultNote: "the server's prompts, unchanged",
      }),
      resources: optionalKey(resourceCurationSchema, {
        description:
          "The same for resources and resource templates, by URI or glob in canonical form. URIs cannot be renamed.",
        examples: [{ deny: ["file:///private/*"] }],
        defaultNote: "the server's resources, unchanged",
      }),
      tool_authorization: optionalKey(nameRulesSchema, {
        description:
          "Which claims and scopes a tool requires, by tool name or glob. An exact name takes precedence over globs, a longer glob over a shorter one. An empty rule allows the tool; tools without a rule are allowed.",
        examples: [{ "admin_*": { required_scopes: ["admin"] } }],
        defaultNote: "every tool is allowed",
      }),
      prompt_authorization: optionalKey(nameRulesSchema, {
        description: "The same for prompts, by prompt name or glob.",
        examples: [{ "*": { required_scopes: ["prompts"] } }],
        defaultNote: "every prompt is allowed",
      }),
      resource_authorization: optionalKey(uriRulesSchema, {
        description:
          "The same for resources, by URI or glob. Both must be in canonical form: `scheme://host/path`, normalised as in RFC 3986.",
        examples: [{ "file:///private/*": { required_scopes: ["files"] } }],
        defaultNote: "every resource is allowed",
      }),
      tool_authorization_mode: optionalKey(choice(["enforce", "log_only"]), {
        description:
          "`log_only` logs what the rules for tools, prompts and resources would deny, and allows it.",
        examples: ["log_only"],
        default: "enforce",
      }),
      extra_methods: optionalKey(list(checkedText("a method name", extraMethodFault), "method names"), {
        description:
          "Additional methods, by exact name. If the server has rules, methods outside MCP are denied unless they are listed here. The rules apply to `name` or `uri` of a listed method if it begins with `tools/`, `prompts/` or `resources/`.",
        examples: [["vendor/reindex"]],
        default: [],
      }),
      rate_limits: optionalKey(rateLimitsSchema, {
        description:
          "How many calls callers may make to this server in a time, beside the gateway's own limits: all that apply must allow the call.",
        examples: [[{ name: "exports", per: ["sub"], tools: ["export_*"], limit: 50, window: "1m" }]],
        defaultNote: "none",
      }),
      headers: optionalKey(staticHeadersSchema, {
        description: "Headers that the gateway adds to requests. Write secrets as `{{ssm:/name}}`.",
        examples: [{ "X-Api-Key": "{{ssm:/mcp-gateway-secrets/prod/tools-key}}" }],
        default: {},
      }),
      passthrough_headers: optionalKey(staticHeadersSchema, {
        description:
          "Further headers, as in `headers`. If both contain a header, this value is sent. New configurations only need `headers`.",
        examples: [{ "X-Api-Version": "2024-01" }],
        source: "Portkey",
        default: {},
      }),
      forward_headers: optionalKey(forwardHeadersSchema, {
        description:
          'Client headers that are forwarded, optionally renamed: a list, or `{"mode": "allowlist", "headers": […]}`. Credentials, cookies, identity and hop-by-hop headers are not allowed.',
        examples: [["X-Request-Id", { from: "X-Locale", to: "Accept-Language" }]],
        default: [],
      }),
      timeouts: optionalKey(timeoutsSchema, {
        description: "Timeouts of the call to the server, in milliseconds.",
        default: {},
      }),
      get_stream: optionalKey(flag(), {
        description:
          "`true` allows the long-lived SSE stream on GET; with `false`, the gateway responds to GET with 405. A GET with `Last-Event-ID`, which resumes a stream, is always allowed.",
        examples: [true],
        default: false,
      }),
      get_stream_seconds: optionalKey(wholeNumber("seconds", 1, 900), {
        description:
          "Maximum duration of a GET stream, after which the gateway ends it and the client opens a new one. If a client disconnects without notice, its stream occupies the session's only stream and one Lambda execution until then.",
        examples: [60],
        default: 60,
      }),
      scopes_supported: scopesSupported("Scopes in this server's metadata.", "the gateway's"),
      resource_name: resourceName("Name of this server shown by clients.", "the gateway's"),
    },
    {
      public_url: IN_GATEWAY,
      allowed_origins: IN_GATEWAY,
      resource_documentation: IN_GATEWAY,
      limits: IN_GATEWAY,
      name: "A server is named by its file: servers/<name>.json. Remove it.",
      ...PORTKEY_SERVER_KEYS,
    },
    ["url"],
  ),
  v.rawCheck(({ dataset, addIssue }) => {
    const message = twoBlocksFault(dataset.value);
    if (message !== undefined) addIssue({ message, path: faultPath("descope") });
    if (isJsonObject(dataset.value) && serverUrl(dataset.value) === undefined) {
      addIssue({ message: WITHOUT_URL, path: faultPath("url") });
    }
  }),
  v.transform((server) => ({ ...server, url: serverUrl(server) as string })),
);

const WITHOUT_URL = `required, but missing. MCP endpoint of the server: https, or http on localhost. Add "url": "https://tools.example.com/mcp".`;

/** `url`, or the URL of the AgentCore Runtime in `upstream_auth`. */
function serverUrl({ url, upstream_auth: auth }: { url?: unknown; upstream_auth?: unknown }): unknown {
  if (url !== undefined || !isJsonObject(auth)) return url;
  const { type, agentcore_runtime_arn: arn } = auth;
  return type === "sigv4" && typeof arn === "string" ? agentCoreUrl(arn) : undefined;
}

/** A server file with its defaults. */
export type ServerConfig = v.InferOutput<typeof serverConfigSchema>;

/** Parses servers/<name>.json. Never throws. */
export function parseServerConfig(text: string): Parsed<ServerConfig> {
  return parseConfig(text, serverConfigSchema);
}
