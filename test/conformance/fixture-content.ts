// Tools of the conformance server with the names and results that the suites require: contents, errors, schemas.
import {
  type CallToolResult,
  fromJsonSchema,
  type JsonSchemaType,
  type McpServer,
  type ServerNotifier,
} from "@modelcontextprotocol/server";
import { z } from "zod";
import { SAMPLE_PNG, SAMPLE_WAV } from "../../local/downstream/sample-media.ts";

const image = { type: "image", data: SAMPLE_PNG, mimeType: "image/png" } as const;
const audio = { type: "audio", data: SAMPLE_WAV, mimeType: "audio/wav" } as const;

const FIXED_ANSWERS: Record<string, CallToolResult["content"]> = {
  test_simple_text: [{ type: "text", text: "This is a simple text response for testing." }],
  test_image_content: [image],
  test_audio_content: [audio],
  test_embedded_resource: [
    embedded("test://embedded-resource", "text/plain", "This is an embedded resource content."),
  ],
  test_multiple_content_types: [
    { type: "text", text: "Multiple content types test:" },
    image,
    embedded("test://mixed-content-resource", "application/json", '{"test":"data","value":123}'),
  ],
  test_streaming_elicitation: [{ type: "text", text: "Nothing was asked." }],
};

/** A schema with the JSON Schema 2020-12 keywords that must reach the client unchanged. */
const SCHEMA_2020_12 = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  $defs: {
    address: {
      $anchor: "addressDef",
      type: "object",
      properties: { street: { type: "string" }, city: { type: "string" } },
    },
  },
  properties: {
    name: { type: "string" },
    address: { $ref: "#/$defs/address" },
    contactMethod: { type: "string", enum: ["phone", "email"] },
    phone: { type: "string" },
    email: { type: "string" },
  },
  allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
  if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { required: ["phone"] },
  else: { required: ["email"] },
  additionalProperties: false,
};

const SCHEMA_WITH_HEADER = {
  type: "object",
  properties: { region: { type: "string", "x-mcp-header": "Region" }, level: { type: "integer" } },
} as JsonSchemaType;

/** Registers them. `notify` reaches open 2026-07-28 subscriptions. */
export function registerContentFixtures(server: McpServer, notify: ServerNotifier): void {
  for (const [name, content] of Object.entries(FIXED_ANSWERS)) {
    server.registerTool(name, { description: "Returns fixed content.", inputSchema: z.object({}) }, () => ({
      content,
    }));
  }
  server.registerTool(
    "test_error_handling",
    { description: "Always throws.", inputSchema: z.object({}) },
    () => {
      throw new Error("This tool intentionally returns an error for testing");
    },
  );
  server.registerTool(
    "json_schema_2020_12_tool",
    { description: "Has a JSON Schema 2020-12 input schema.", inputSchema: fromJsonSchema(SCHEMA_2020_12) },
    (args) => text(JSON.stringify(args)),
  );
  server.registerTool(
    "test_x_mcp_header",
    {
      description: "Has an argument that clients repeat in the Mcp-Param-Region header.",
      inputSchema: fromJsonSchema<{ region?: string }>(SCHEMA_WITH_HEADER),
    },
    ({ region = "none" }) => text(`region=${region}`),
  );
  const triggers = {
    test_trigger_tool_change: notify.toolsChanged,
    test_trigger_prompt_change: notify.promptsChanged,
  };
  for (const [name, trigger] of Object.entries(triggers)) {
    server.registerTool(name, { description: "Announces a changed list.", inputSchema: z.object({}) }, () => {
      trigger();
      return text("announced");
    });
  }
}

function embedded(uri: string, mimeType: string, value: string) {
  return { type: "resource", resource: { uri, mimeType, text: value } } as const;
}

function text(value: string): CallToolResult {
  return { content: [{ type: "text", text: value }] };
}
