// Tools of the `everything` server that request input from the client. Each is written once, for 2026-07-28: it returns
// `input_required` until it has the input. For 2025-era sessions the SDK turns that into requests on the stream.
import {
  type InputResponseView,
  inputRequired,
  inputResponse,
  type McpServer,
} from "@modelcontextprotocol/server";
import { z } from "zod";

const preferences = z.object({
  color: z.enum(["red", "green", "blue"]).describe("Your favourite colour"),
  count: z.number().int().min(1).max(10).optional().describe("How many"),
});

/** Registers the tools that need sampling, elicitation and roots. */
export function registerAskingTools(server: McpServer): void {
  server.registerTool(
    "ask_model",
    {
      description: "Asks the client's model (sampling).",
      inputSchema: z.object({ prompt: z.string().min(1) }),
    },
    ({ prompt }, ctx) => {
      const response = inputResponse(ctx.mcpReq.inputResponses, "answer");
      if (response.kind === "sampling")
        return text(`The model says: ${JSON.stringify(response.result.content)}`);
      const messages = [{ role: "user" as const, content: { type: "text" as const, text: prompt } }];
      return inputRequired({
        inputRequests: { answer: inputRequired.createMessage({ messages, maxTokens: 200 }) },
      });
    },
  );
  server.registerTool(
    "ask_user",
    { description: "Asks the user for preferences with a form (elicitation).", inputSchema: z.object({}) },
    (_args, ctx) => {
      const form = inputResponse(ctx.mcpReq.inputResponses, "form");
      if (form.kind === "elicit") return text(described(form));
      const request = inputRequired.elicit({ message: "What do you prefer?", requestedSchema: preferences });
      return inputRequired({ inputRequests: { form: request } });
    },
  );
  server.registerTool(
    "list_client_roots",
    { description: "Lists the roots of the client.", inputSchema: z.object({}) },
    (_args, ctx) => {
      const response = inputResponse(ctx.mcpReq.inputResponses, "roots");
      if (response.kind === "roots")
        return text(response.roots.map((root) => root.uri).join("\n") || "No roots.");
      return inputRequired({ inputRequests: { roots: inputRequired.listRoots() } });
    },
  );
}

function described(form: InputResponseView & { kind: "elicit" }): string {
  if (form.action !== "accept") return `The user chose to ${form.action}.`;
  const response = preferences.safeParse(form.content);
  return response.success
    ? `The user prefers ${response.data.color}.`
    : "The response does not match the form.";
}

function text(value: string) {
  return { content: [{ type: "text" as const, text: value }] };
}
