// The `upstream_auth` block: the credential that the gateway sends to an MCP server. Exactly one type.
import * as v from "valibot";
import { describeValue, listChoices, nearestName } from "../faults.ts";
import { checkedText, closedObject, namedEntries, optionalKey, requiredKey, textField } from "../fields.ts";
import { urlFault } from "../urls.ts";
import { descopeConnectionSchema } from "./connection.ts";
import { sigv4Schema } from "./sigv4.ts";
import { clientCredentialsSchema, tokenExchangeSchema } from "./token.ts";

const TYPES = ["none", "sigv4", "client_credentials", "token_exchange", "descope_connection"] as const;

const noneSchema = closedObject({
  type: requiredKey(v.literal("none"), {
    description: "No credential except `headers`: for a server that must not use the gateway's default.",
    examples: ["none"],
  }),
});

export const upstreamAuthSchema = v.variant(
  "type",
  [noneSchema, sigv4Schema, clientCredentialsSchema, tokenExchangeSchema, descopeConnectionSchema],
  ({ input, path }) => {
    if (path === undefined) return `expected an object, got ${describeValue(input)}. Write {"type": …}.`;
    const nearest = typeof input === "string" ? nearestName(input, TYPES) : undefined;
    const advice = nearest === undefined ? "" : ` Did you mean ${JSON.stringify(nearest)}?`;
    return `expected ${listChoices(TYPES)}, got ${describeValue(input)}.${advice}`;
  },
);

export type UpstreamAuthBlock = v.InferOutput<typeof upstreamAuthSchema>;

/** `tenants`: `url` and `upstream_auth` by tenant id. */
export const tenantsSchema = namedEntries(
  textField("a tenant id"),
  closedObject({
    url: optionalKey(checkedText("an https URL", urlFault), {
      description: "MCP endpoint for callers of this tenant.",
      examples: ["https://acme.example.com/mcp"],
      defaultNote: "the server's",
    }),
    upstream_auth: optionalKey(upstreamAuthSchema, {
      description: "Credential for callers of this tenant. Replaces the server's whole block.",
      defaultNote: "the server's",
    }),
  }),
);
