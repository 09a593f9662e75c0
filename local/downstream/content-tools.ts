// Tools of the `everything` server that return at once: one for each kind of content, and for each kind of failure.
import type { CallToolResult, McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { noteUri } from "./note-board.ts";
import { SAMPLE_PNG, SAMPLE_WAV } from "./sample-media.ts";

const LONG_TEXT_LIMIT_CHARS = 8_000_000;
const READ_ONLY = { readOnlyHint: true, openWorldHint: false };
const nothing = z.object({});

export function registerContentTools(server: McpServer): void {
  server.registerTool(
    "echo",
    {
      title: "Echo",
      description: "Returns the same text.",
      inputSchema: z.object({ message: z.string() }),
      annotations: { ...READ_ONLY, idempotentHint: true },
    },
    ({ message }) => text(message),
  );
  server.registerTool(
    "long_text",
    {
      description: "Returns a text of exactly `size` characters.",
      inputSchema: z.object({ size: z.number().int().min(0).max(LONG_TEXT_LIMIT_CHARS) }),
      annotations: READ_ONLY,
    },
    ({ size }) => text("0123456789".repeat(Math.ceil(size / 10)).slice(0, size)),
  );
  server.registerTool(
    "add",
    {
      description: "Adds two numbers: structured output with a schema.",
      inputSchema: z.object({ a: z.number(), b: z.number() }),
      outputSchema: z.object({ sum: z.number() }),
      annotations: READ_ONLY,
    },
    ({ a, b }) => ({ ...text(`${a} + ${b} = ${a + b}`), structuredContent: { sum: a + b } }),
  );
  registerMedia(server);
  registerResourceContent(server);
  registerFailures(server);
}

function registerMedia(server: McpServer): void {
  server.registerTool(
    "show_image",
    { description: "Returns a text and a PNG image.", inputSchema: nothing, annotations: READ_ONLY },
    () => ({
      content: [
        { type: "text", text: "One pixel:" },
        { type: "image", data: SAMPLE_PNG, mimeType: "image/png" },
      ],
    }),
  );
  server.registerTool(
    "play_audio",
    { description: "Returns WAV audio.", inputSchema: nothing, annotations: READ_ONLY },
    () => ({ content: [{ type: "audio", data: SAMPLE_WAV, mimeType: "audio/wav" }] }),
  );
}

function registerResourceContent(server: McpServer): void {
  server.registerTool(
    "embed_resource",
    { description: "Returns an embedded resource.", inputSchema: nothing, annotations: READ_ONLY },
    () => ({
      content: [
        {
          type: "resource",
          resource: { uri: "sample://text", mimeType: "text/plain", text: "Embedded text." },
        },
      ],
    }),
  );
  server.registerTool(
    "link_resource",
    { description: "Returns a link to a resource.", inputSchema: nothing, annotations: READ_ONLY },
    () => ({
      content: [{ type: "resource_link", uri: noteUri("welcome"), name: "welcome", mimeType: "text/plain" }],
    }),
  );
}

function registerFailures(server: McpServer): void {
  server.registerTool(
    "fail",
    { description: "Returns a tool error (isError).", inputSchema: nothing, annotations: READ_ONLY },
    () => ({ ...text("This tool always fails."), isError: true }),
  );
  server.registerTool(
    "throw_error",
    { description: "Throws inside the tool.", inputSchema: nothing, annotations: READ_ONLY },
    () => {
      throw new Error("This tool always throws.");
    },
  );
}

function text(value: string): CallToolResult {
  return { content: [{ type: "text", text: value }] };
}
