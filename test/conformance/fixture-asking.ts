// Tools of the conformance server that ask a 2025-era client for sampling and elicitation while they run.
import type { CallToolResult, ElicitRequestFormParams, McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";

type FormSchema = ElicitRequestFormParams["requestedSchema"];

const FORM: FormSchema = {
  type: "object",
  properties: { response: { type: "string", description: "User's response" } },
  required: ["response"],
};

const DEFAULTS_FORM: FormSchema = {
  type: "object",
  properties: {
    name: { type: "string", default: "John Doe" },
    age: { type: "integer", default: 30 },
    score: { type: "number", default: 95.5 },
    status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
    verified: { type: "boolean", default: true },
  },
  required: [],
};

const ENUMS_FORM: FormSchema = {
  type: "object",
  properties: {
    untitledSingle: { type: "string", enum: ["option1", "option2", "option3"] },
    titledSingle: { type: "string", oneOf: titled("value", "Option") },
    legacyEnum: {
      type: "string",
      enum: ["opt1", "opt2", "opt3"],
      enumNames: ["Option One", "Option Two", "Option Three"],
    },
    untitledMulti: { type: "array", items: { type: "string", enum: ["option1", "option2", "option3"] } },
    titledMulti: { type: "array", items: { anyOf: titled("value", "Choice") } },
  },
  required: [],
};

/** Registers them. */
export function registerAskingFixtures(server: McpServer): void {
  server.registerTool(
    "test_sampling",
    { description: "Asks the client's model.", inputSchema: z.object({ prompt: z.string() }) },
    async ({ prompt }, ctx) => {
      const messages = [{ role: "user" as const, content: { type: "text" as const, text: prompt } }];
      // Not `requestSampling`: that would wait for a GET stream, and this belongs to the stream of the call.
      const answer = await ctx.mcpReq.send({
        method: "sampling/createMessage",
        params: { messages, maxTokens: 100 },
      });
      const [content] = [answer.content].flat();
      return text(`LLM response: ${content?.type === "text" ? content.text : ""}`);
    },
  );
  registerForm(server, "test_elicitation", "User response", FORM);
  registerForm(server, "test_elicitation_sep1034_defaults", "Elicitation completed", DEFAULTS_FORM);
  registerForm(server, "test_elicitation_sep1330_enums", "Elicitation completed", ENUMS_FORM);
}

function registerForm(server: McpServer, name: string, answer: string, requestedSchema: FormSchema): void {
  server.registerTool(
    name,
    {
      description: "Asks the user with a form.",
      inputSchema: z.object({ message: z.string().default("Please fill in the form") }),
    },
    async ({ message }, ctx) => {
      const { action, content } = await ctx.mcpReq.send({
        method: "elicitation/create",
        params: { message, requestedSchema },
      });
      return text(`${answer}: action=${action}, content=${JSON.stringify(content ?? {})}`);
    },
  );
}

function titled(value: string, title: string) {
  return ["First", "Second", "Third"].map((order, n) => ({
    const: `${value}${n + 1}`,
    title: `${order} ${title}`,
  }));
}

function text(value: string): CallToolResult {
  return { content: [{ type: "text", text: value }] };
}
