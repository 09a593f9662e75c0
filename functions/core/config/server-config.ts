// servers/<name>.json: one downstream MCP server.

import * as v from "valibot";
import { isMethodName, protocolMethodLike } from "../mcp-methods.ts";
import { nameRulesSchema, uriRulesSchema } from "./access-rules.ts";
import { blockedField } from "./blocked-entries.ts";
import { serverDescopeSchema, twoBlocksFault } from "./descope-shorthand.ts";
import { type Parsed, quoteText } from "./faults.ts";
import {
  checkedText,
  choice,
  closedObject,
  faultPath,
  flag,
  isObject,
  list,
  notes,
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
import { tenantsSchema, upstreamAuthSchema } from "./upstream-auth.ts";
import { agentCoreUrl } from "./upstream-sigv4.ts";
import { urlFault } from "./urls.ts";
import { identityForwardingSchema } from "./user-identity-forwarding.ts";

// Limits of the downstream call. API Gateway ends a stream that is silent for 5 minutes and any stream after 15.

/** Longest useful wait for a response: API Gateway ends an integration that has sent nothing for 5 minutes. */
export const FIRST_BYTE_MAX_MS = 290_000;

const milliseconds = (max: number, description: string, example: number) =>
  v.pipe(wholeNumber("milliseconds", 1, max), notes({ description, examples: [example], source: "gateway" }));

/** The `timeouts` block of a server. */
export const timeoutsSchema = closedObject({
  connect_ms: v.optional(
    milliseconds(60_000, "Until the connection stands, TLS included; given up at most a second later.", 3000),
    3000,
  ),
  first_byte_ms: v.optional(
    milliseconds(
      900_000,
      "Until the downstream's response begins: for a tool that responds with JSON, as long as it runs. API Gateway waits for 5 minutes.",
      FIRST_BYTE_MAX_MS,
    ),
    FIRST_BYTE_MAX_MS,
  ),
  idle_ms: v.optional(
    milliseconds(900_000, "Longest silence of the downstream within a response.", 240_000),
    240_000,
  ),
});

const IN_GATEWAY = "It belongs into gateway.json, for all servers.";

function extraMethodFault(method: string): string | undefined {
  if (!isMethodName(method)) {
    return `expected a method name of letters, digits, "_", ".", "$", "-" and "/", got ${quoteText(method)}.`;
  }
  const known = protocolMethodLike(method);
  if (known === method) return `${quoteText(method)} is the protocol's own and needs no entry. Remove it.`;
  if (known !== undefined)
    return `${quoteText(method)} is another spelling of ${quoteText(known)}, which rules could be evaded with. Remove it.`;
  return undefined;
}

/** A file servers/<name>.json. */
export const serverConfigSchema = v.pipe(
  closedObject(
    {
      $schema: schemaLink("../schema/server.schema.json"),
      url: v.optional(
        v.pipe(
          checkedText("an https URL", urlFault),
          notes({
            description: "MCP endpoint of the downstream server: https, or http on this machine.",
            examples: ["https://tools.example.com/mcp"],
            source: "gateway",
            defaultNote: "**required**, unless `upstream_auth` has `agentcore_runtime_arn`",
          }),
        ),
      ),
      enabled: v.optional(
        v.pipe(
          flag(),
          notes({
            description: "`false` takes the server out without deleting its file.",
            examples: [false],
            source: "gateway",
          }),
        ),
        true,
      ),
      descope: v.optional(
        v.pipe(
          serverDescopeSchema,
          notes({
            description:
              "An MCP Server or Resource of this server's own in Descope, in place of the gateway's. Project and host default to those of the gateway's `descope` block.",
            source: "gateway",
            defaultNote: "the gateway's block",
          }),
        ),
      ),
      jwt_validation: v.optional(
        v.pipe(
          jwtValidationSchema,
          notes({
            description: "Which tokens this server takes. Replaces the gateway's block as a whole.",
            source: "Portkey",
            defaultNote: "the gateway's block",
          }),
        ),
      ),
      user_identity_forwarding: v.optional(
        v.pipe(
          identityForwardingSchema,
          notes({
            description: "How this server learns who is calling. Replaces the gateway's block as a whole.",
            source: "Portkey",
            defaultNote: "the gateway's block",
          }),
        ),
      ),
      upstream_auth: v.optional(
        v.pipe(
          upstreamAuthSchema,
          notes({
            description:
              "Credential that the gateway shows to this server. Replaces the gateway's block as a whole.",
            source: "gateway",
            defaultNote: "the gateway's block",
          }),
        ),
      ),
      tenants: v.optional(
        v.pipe(
          tenantsSchema,
          notes({
            description:
              "What is different for callers of a tenant, by tenant id: `url`, `upstream_auth`. The tenant is the token's current one (`dct`), which must be one of its `tenants`; callers of other tenants get the server's own.",
            examples: [{ T2abc: { url: "https://acme.example.com/mcp" } }],
            source: "gateway",
            defaultNote: "none: the same for all",
          }),
        ),
      ),
      tenant_required: v.optional(
        v.pipe(
          flag(),
          notes({
            description: "`true` denies callers without a current tenant.",
            examples: [true],
            source: "gateway",
            defaultNote: "`false`",
          }),
        ),
      ),
      blocked: blockedField(
        "The same as in `gateway.json`, for this server: added to the gateway's entries.",
      ),
      tool_authorization: v.optional(
        v.pipe(
          nameRulesSchema,
          notes({
            description:
              "Who may call which tool, by tool name or glob. The exact name decides before the longest glob, that before `*`; an empty rule allows; tools without a rule are allowed.",
            examples: [{ "admin_*": { required_scopes: ["admin"] } }],
            source: "gateway",
            defaultNote: "none: every tool is allowed",
          }),
        ),
      ),
      prompt_authorization: v.optional(
        v.pipe(
          nameRulesSchema,
          notes({
            description: "The same for prompts, by prompt name or glob.",
            examples: [{ "*": { required_scopes: ["prompts"] } }],
            source: "gateway",
            defaultNote: "none: every prompt is allowed",
          }),
        ),
      ),
      resource_authorization: v.optional(
        v.pipe(
          uriRulesSchema,
          notes({
            description:
              "The same for resources, by URI or glob over the URI, both in the one form that is allowed: `scheme://host/path`, as RFC 3986 normalises it.",
            examples: [{ "file:///private/*": { required_scopes: ["files"] } }],
            source: "gateway",
            defaultNote: "none: every resource is allowed",
          }),
        ),
      ),
      tool_authorization_mode: v.optional(
        v.pipe(
          choice(["enforce", "log_only"]),
          notes({
            description:
              "`log_only` writes down what the rules for tools, prompts and resources would reject, and lets it pass.",
            examples: ["log_only"],
            source: "gateway",
          }),
        ),
        "enforce",
      ),
      extra_methods: v.optional(
        v.pipe(
          list(checkedText("a method name", extraMethodFault), "method names"),
          notes({
            description:
              "Methods of the server's own, by exact name. Where the server has rules, other methods than the protocol's are denied unless they are listed here; those are judged by `name` or `uri` if they begin with `tools/`, `prompts/` or `resources/`, and not otherwise.",
            examples: [["vendor/reindex"]],
            source: "gateway",
          }),
        ),
        [],
      ),
      rate_limits: v.optional(
        v.pipe(
          rateLimitsSchema,
          notes({
            description:
              "How many calls callers may make to this server in a time, beside the gateway's own limits: all that apply must allow the call.",
            examples: [[{ name: "exports", per: ["sub"], tools: ["export_*"], limit: 50, window: "1m" }]],
            source: "gateway",
            defaultNote: "none",
          }),
        ),
      ),
      headers: v.optional(
        v.pipe(
          staticHeadersSchema,
          notes({
            description: "Headers that the gateway adds on its own account. Secrets only as `{{ssm:/name}}`.",
            examples: [{ "X-Api-Key": "{{ssm:/mcp-gateway-secrets/prod/tools-key}}" }],
            source: "gateway",
          }),
        ),
        {},
      ),
      passthrough_headers: v.optional(
        v.pipe(
          staticHeadersSchema,
          notes({
            description:
              "More headers that the gateway adds, as `headers`. Where both name one header, this value is sent. New configurations need only `headers`.",
            examples: [{ "X-Api-Version": "2024-01" }],
            source: "Portkey",
          }),
        ),
        {},
      ),
      forward_headers: v.optional(
        v.pipe(
          forwardHeadersSchema,
          notes({
            description:
              'Client headers that are forwarded, by name or renamed: a list, or `{"mode": "allowlist", "headers": […]}`. Never credentials, cookies, identity or hop-by-hop headers.',
            examples: [["X-Request-Id", { from: "X-Locale", to: "Accept-Language" }]],
            source: "gateway",
          }),
        ),
        [],
      ),
      timeouts: v.optional(
        v.pipe(
          timeoutsSchema,
          notes({ description: "Limits of the downstream call in milliseconds.", source: "gateway" }),
        ),
        {},
      ),
      get_stream: v.optional(
        v.pipe(
          flag(),
          notes({
            description:
              "`true` opens the long-lived SSE stream on GET; `false` answers GET with 405. A GET with `Last-Event-ID`, which resumes a stream, passes either way.",
            examples: [true],
            source: "gateway",
          }),
        ),
        false,
      ),
      get_stream_seconds: v.optional(
        v.pipe(
          wholeNumber("seconds", 1, 900),
          notes({
            description:
              "Longest life of a GET stream, also of one that resumes another. The gateway then ends it cleanly and the client opens it again: a stream whose client has left holds the server's only stream of that session, and one execution, for this long at most.",
            examples: [60],
            source: "gateway",
          }),
        ),
        60,
      ),
      scopes_supported: scopesSupported("Scopes named in this server's metadata.", "the gateway's"),
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
    if (isObject(dataset.value) && serverUrl(dataset.value) === undefined) {
      addIssue({ message: WITHOUT_URL, path: faultPath("url") });
    }
  }),
  v.transform((server) => ({ ...server, url: serverUrl(server) as string })),
);

const WITHOUT_URL = `required, but missing. MCP endpoint of the downstream server: https, or http on this machine. Add "url": "https://tools.example.com/mcp".`;

/** `url`, or the one of the AgentCore Runtime that `upstream_auth` names. */
function serverUrl({ url, upstream_auth: auth }: { url?: unknown; upstream_auth?: unknown }): unknown {
  if (url !== undefined || !isObject(auth)) return url;
  const { type, agentcore_runtime_arn: arn } = auth;
  return type === "sigv4" && typeof arn === "string" ? agentCoreUrl(arn) : undefined;
}

/** One downstream server, with defaults filled in. */
export type ServerConfig = v.InferOutput<typeof serverConfigSchema>;

/** Reads a file servers/<name>.json. Never throws. */
export function parseServerConfig(text: string): Parsed<ServerConfig> {
  return parseConfig(text, serverConfigSchema);
}
