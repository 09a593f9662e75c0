// The `whoami` demo server: its tools return the identity and the credential of the request. Stateless in both eras, so
// that both are read from each request and never belong to a connection.
import {
  type CallToolResult,
  createMcpHandler,
  McpServer,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { z } from "zod";
import {
  type ForwardedIdentity,
  forwardedIdentitySchema,
  readForwardedIdentity,
} from "./forwarded-identity.ts";
import { type Downstream, type DownstreamOptions, listenMcp, type McpEndpoint } from "./mcp-listener.ts";

const READ_ONLY = { readOnlyHint: true, openWorldHint: false };

/** Starts `whoami` on 127.0.0.1. */
export function startWhoami(options: DownstreamOptions = {}): Promise<Downstream> {
  return listenMcp(whoamiEndpoint(), options);
}

/** `whoami` without a listener. */
export function whoamiEndpoint(): McpEndpoint {
  return createMcpHandler(buildWhoami);
}

function buildWhoami(): McpServer {
  const server = new McpServer(
    { name: "whoami", title: "Who am I", version: "1.0.0" },
    { instructions: "Call whoami to see which identity the gateway forwarded with this very request." },
  );
  server.registerTool(
    "whoami",
    {
      title: "Who am I",
      description:
        "Answers with the identity headers that arrived with this request, and with the kind of its credential.",
      inputSchema: z.object({}),
      outputSchema: forwardedIdentitySchema,
      annotations: READ_ONLY,
    },
    (_args, ctx) => {
      const identity = identityOf(ctx);
      return { ...text(JSON.stringify(identity, null, 2)), structuredContent: identity };
    },
  );
  server.registerTool(
    "greet",
    {
      title: "Greet me",
      description: "Greets the user by the name claim.",
      inputSchema: z.object({ greeting: z.string().max(100).default("Hello") }),
      annotations: READ_ONLY,
    },
    ({ greeting }, ctx) => {
      const name = identityOf(ctx).claims?.["name"];
      if (typeof name === "string") return text(`${greeting}, ${name}!`);
      return text(`${greeting}! No name claim arrived; add "name" to include_claims to be greeted by name.`);
    },
  );
  server.registerTool(
    "pro_report",
    {
      title: "Pro report",
      description: "A report for users whose subscription claim is pro.",
      inputSchema: z.object({}),
      annotations: READ_ONLY,
    },
    (_args, ctx) => {
      const { claims } = identityOf(ctx);
      const subscription = claims?.["subscription"];
      if (subscription === "pro") return text(`Pro report for ${String(claims?.["sub"])}: all is well.`);
      return {
        ...text(`pro_report needs the subscription "pro"; yours is ${described(subscription)}.`),
        isError: true,
      };
    },
  );
  return server;
}

function identityOf(ctx: ServerContext): ForwardedIdentity {
  return readForwardedIdentity(ctx.http?.req?.headers ?? new Headers());
}

function described(subscription: unknown): string {
  return typeof subscription === "string" ? `"${subscription}"` : "unknown, as no such claim arrived";
}

function text(value: string): CallToolResult {
  return { content: [{ type: "text", text: value }] };
}
