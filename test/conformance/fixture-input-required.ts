// Tools and a prompt of the conformance server that respond with `input_required` (2026-07-28) until they have the input.
// The suites require the names of tools and inputs. State that passes through the client is signed.
import {
  acceptedContent,
  type CallToolResult,
  CLIENT_CAPABILITIES_META_KEY,
  createRequestStateCodec,
  type ElicitRequestFormParams,
  type InputRequest,
  type InputRequests,
  inputRequired,
  inputResponse,
  type McpServer,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { z } from "zod";

type Round = { round: number; name?: string };

/** Signs and checks `requestState`; the server needs its `verify`. */
export const requestState = createRequestStateCodec<Round>({
  key: crypto.getRandomValues(new Uint8Array(32)),
});

const CAPABLE: Record<string, [key: string, request: InputRequest]> = {
  elicitation: ["user_name", form("What is your name?", { name: { type: "string" } })],
  sampling: ["greeting", sampling("Generate a greeting")],
  roots: ["client_roots", inputRequired.listRoots()],
};

/** Registers them. */
export function registerInputRequiredFixtures(server: McpServer): void {
  registerAsking(server, "elicitation", {
    user_name: form("What is your name?", { name: { type: "string" } }),
  });
  registerAsking(server, "sampling", { capital_question: sampling("What is the capital of France?") });
  registerAsking(server, "list_roots", { client_roots: inputRequired.listRoots() });
  registerAsking(
    server,
    "request_state",
    { confirm: form("Please confirm", { ok: { type: "boolean" } }) },
    true,
  );
  registerAsking(
    server,
    "tampered_state",
    { confirm: form("Please confirm", { ok: { type: "boolean" } }) },
    true,
  );
  registerAsking(server, "multiple_inputs", Object.fromEntries(Object.values(CAPABLE)), true);
  server.registerTool(
    "test_missing_capability",
    { description: "Needs sampling.", inputSchema: z.object({}) },
    (_args, ctx) => {
      const requests = { answer: sampling("Reply with the word pong") };
      return answered(ctx, requests) ? text("answered") : inputRequired({ inputRequests: requests });
    },
  );
  registerMultiRound(server);
  registerCapabilityAware(server);
  registerPrompt(server);
}

/** A tool that asks `requests` once, with signed state if `stateful`, and then returns the input. */
function registerAsking(server: McpServer, name: string, requests: InputRequests, stateful = false): void {
  server.registerTool(
    `test_input_required_result_${name}`,
    { description: "Asks for input once.", inputSchema: z.object({}) },
    async (_args, ctx) => {
      const stateIsHere = !stateful || ctx.mcpReq.requestState<Round>() !== undefined;
      if (answered(ctx, requests) && stateIsHere) {
        return text(`${stateful ? "state-ok " : ""}${JSON.stringify(ctx.mcpReq.inputResponses)}`);
      }
      return inputRequired({
        inputRequests: requests,
        ...(stateful && { requestState: await requestState.mint({ round: 1 }) }),
      });
    },
  );
}

function registerMultiRound(server: McpServer): void {
  server.registerTool(
    "test_input_required_result_multi_round",
    { description: "Asks twice.", inputSchema: z.object({}) },
    async (_args, ctx) => {
      const { round, name } = ctx.mcpReq.requestState<Round>() ?? { round: 0 };
      const { inputResponses } = ctx.mcpReq;
      if (round === 0) {
        return inputRequired({
          inputRequests: { step1: form("Step 1: What is your name?", { name: { type: "string" } }) },
          requestState: await requestState.mint({ round: 1 }),
        });
      }
      if (round === 1) {
        const given = acceptedContent(inputResponses, "step1", z.object({ name: z.string() }));
        return inputRequired({
          inputRequests: {
            step2: form("Step 2: What is your favorite color?", { color: { type: "string" } }),
          },
          requestState: await requestState.mint({ round: 2, name: given?.name ?? "someone" }),
        });
      }
      const color =
        acceptedContent(inputResponses, "step2", z.object({ color: z.string() }))?.color ?? "no color";
      return text(`${name} likes ${color}.`);
    },
  );
}

function registerCapabilityAware(server: McpServer): void {
  server.registerTool(
    "test_input_required_result_capabilities",
    { description: "Asks only for what the client declared.", inputSchema: z.object({}) },
    (_args, ctx) => {
      const envelope: Record<string, unknown> = ctx.mcpReq.envelope ?? {};
      const declared = Object.keys(envelope[CLIENT_CAPABILITIES_META_KEY] ?? {});
      const usable = Object.entries(CAPABLE).filter(([capability]) => declared.includes(capability));
      if (ctx.mcpReq.inputResponses !== undefined || usable.length === 0) return text("Nothing more to ask.");
      return inputRequired({ inputRequests: Object.fromEntries(usable.map(([, request]) => request)) });
    },
  );
}

function registerPrompt(server: McpServer): void {
  server.registerPrompt(
    "test_input_required_result_prompt",
    { description: "Asks for its context.", argsSchema: z.object({}) },
    (_args, ctx) => {
      const given = acceptedContent(
        ctx.mcpReq.inputResponses,
        "user_context",
        z.object({ context: z.string() }),
      );
      if (given !== undefined)
        return { messages: [{ role: "user", content: { type: "text", text: given.context } }] };
      const request = form("What context should the prompt use?", { context: { type: "string" } });
      return inputRequired({ inputRequests: { user_context: request } });
    },
  );
}

function answered(ctx: ServerContext, requests: InputRequests): boolean {
  return Object.entries(requests).every(([key, request]) => {
    const response = inputResponse(ctx.mcpReq.inputResponses, key);
    if (request.method !== "elicitation/create") return response.kind !== "missing";
    const wanted = Object.entries((request.params as { requestedSchema: Form }).requestedSchema.properties);
    const given = response.kind === "elicit" ? (response.content ?? {}) : {};
    return wanted.every(([name, { type }]) => typeof given[name] === type);
  });
}

type Form = ElicitRequestFormParams["requestedSchema"];

function form(
  message: string,
  properties: Record<string, { type: "string" } | { type: "boolean" }>,
): InputRequest {
  const requestedSchema: Form = { type: "object", properties, required: Object.keys(properties) };
  return inputRequired.elicit({ message, requestedSchema });
}

function sampling(question: string): InputRequest {
  return inputRequired.createMessage({
    messages: [{ role: "user", content: { type: "text", text: question } }],
    maxTokens: 100,
  });
}

function text(value: string): CallToolResult {
  return { content: [{ type: "text", text: value }] };
}
