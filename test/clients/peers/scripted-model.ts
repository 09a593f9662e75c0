// A model for command line clients, without an account. It speaks the streaming APIs of Anthropic and Google: it requests one call of the
// given tool, and ends its turn when it receives the result. What the client does between the two is under test.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

export type ScriptedModel = {
  url: string;
  /** the tool results that the client sent to the model, oldest first */
  results: unknown[];
  close(): Promise<void>;
};

/** One turn of the model: the result if the conversation has one, and the events of the response. */
type Turn = { result: unknown; events: object[] };

/** @param tool the name by which the client offers the tool to its model */
export async function startScriptedModel(tool: string): Promise<ScriptedModel> {
  const results: unknown[] = [];
  const server = createServer(async (request, response) => {
    const turnOf = turnFor(request.url ?? "");
    if (turnOf === undefined) {
      response.writeHead(404).end();
      return;
    }
    const { result, events } = turnOf(tool, (await json(request)) as never);
    if (result !== undefined) results.push(result);
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(events.map(eventText).join(""));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    results,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function turnFor(path: string): ((tool: string, body: never) => Turn) | undefined {
  if (path.startsWith("/v1/messages?")) return anthropicTurn;
  if (path.includes(":streamGenerateContent")) return geminiTurn;
  return undefined;
}

function eventText(event: { type?: string }): string {
  const name = event.type === undefined ? "" : `event: ${event.type}\n`;
  return `${name}data: ${JSON.stringify(event)}\n\n`;
}

type AnthropicBody = { messages: { content: string | { type: string }[] }[] };

function anthropicTurn(tool: string, { messages }: AnthropicBody): Turn {
  const blocks = messages.flatMap(({ content }) => (typeof content === "string" ? [] : content));
  const result = blocks.find(({ type }) => type === "tool_result");
  const calls = result === undefined;
  const block = calls
    ? { type: "tool_use", id: "toolu_1", name: tool, input: {} }
    : { type: "text", text: "" };
  const delta = calls
    ? { type: "input_json_delta", partial_json: "{}" }
    : { type: "text_delta", text: "Done." };
  const usage = { input_tokens: 1, output_tokens: 1 };
  const message = { id: "msg_1", type: "message", role: "assistant", model: "scripted", content: [], usage };
  const events = [
    { type: "message_start", message },
    { type: "content_block_start", index: 0, content_block: block },
    { type: "content_block_delta", index: 0, delta },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: calls ? "tool_use" : "end_turn" }, usage },
    { type: "message_stop" },
  ];
  return { result, events };
}

type GeminiBody = { contents: { parts: { functionResponse?: object }[] }[] };

function geminiTurn(tool: string, { contents }: GeminiBody): Turn {
  const parts = contents.flatMap((content) => content.parts);
  const result = parts.find(({ functionResponse }) => functionResponse)?.functionResponse;
  const part = result ? { text: "Done." } : { functionCall: { name: tool, args: {} } };
  const content = { role: "model", parts: [part] };
  return { result, events: [{ candidates: [{ content, finishReason: "STOP", index: 0 }] }] };
}
