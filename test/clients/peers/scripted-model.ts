// A model for command line clients, without an account. It speaks the streaming APIs of Anthropic and Google: it requests the given calls one
// after the other, and ends its turn when it has received the last result. What the client does in between is under test.
import { json } from "node:stream/consumers";
import { startHttp } from "../../support/loopback-server.ts";

export type ScriptedModel = {
  url: string;
  /** the tool results that the client sent to the model, oldest first */
  results: unknown[];
  close(): Promise<void>;
};

/** A tool, by the name under which the client offers it to its model, and the arguments. */
export type ScriptedCall = { tool: string; args?: object };

/** One turn of the model: the results that the conversation contains, and the events of the response. */
type Turn = { results: unknown[]; events: object[] };

/** @param calls in the order in which the model makes them */
export async function startScriptedModel(calls: readonly ScriptedCall[]): Promise<ScriptedModel> {
  const results: unknown[] = [];
  const { origin, close } = await startHttp(async (request, response) => {
    const turnOf = turnFor(request.url ?? "");
    if (turnOf === undefined) {
      response.writeHead(404).end();
      return;
    }
    const turn = turnOf(calls, (await json(request)) as never);
    results.push(...turn.results.slice(results.length));
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(turn.events.map(eventText).join(""));
  });
  return { url: origin, results, close };
}

function turnFor(path: string): ((calls: readonly ScriptedCall[], body: never) => Turn) | undefined {
  if (path.startsWith("/v1/messages?")) return anthropicTurn;
  if (path.includes(":streamGenerateContent")) return geminiTurn;
  return undefined;
}

function eventText(event: { type?: string }): string {
  const name = event.type === undefined ? "" : `event: ${event.type}\n`;
  return `${name}data: ${JSON.stringify(event)}\n\n`;
}

type AnthropicBody = { messages: { content: string | { type: string }[] }[] };

function anthropicTurn(calls: readonly ScriptedCall[], { messages }: AnthropicBody): Turn {
  const blocks = messages.flatMap(({ content }) => (typeof content === "string" ? [] : content));
  const results = blocks.filter(({ type }) => type === "tool_result");
  const next = calls[results.length];
  const block = next
    ? { type: "tool_use", id: `toolu_${results.length + 1}`, name: next.tool, input: {} }
    : { type: "text", text: "" };
  const delta = next
    ? { type: "input_json_delta", partial_json: JSON.stringify(next.args ?? {}) }
    : { type: "text_delta", text: "Done." };
  const usage = { input_tokens: 1, output_tokens: 1 };
  const message = { id: "msg_1", type: "message", role: "assistant", model: "scripted", content: [], usage };
  const events = [
    { type: "message_start", message },
    { type: "content_block_start", index: 0, content_block: block },
    { type: "content_block_delta", index: 0, delta },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: next ? "tool_use" : "end_turn" }, usage },
    { type: "message_stop" },
  ];
  return { results, events };
}

type GeminiBody = { contents: { parts: { functionResponse?: object }[] }[] };

function geminiTurn(calls: readonly ScriptedCall[], { contents }: GeminiBody): Turn {
  const parts = contents.flatMap((content) => content.parts);
  const results = parts.flatMap(({ functionResponse }) => functionResponse ?? []);
  const next = calls[results.length];
  const part = next ? { functionCall: { name: next.tool, args: next.args ?? {} } } : { text: "Done." };
  const content = { role: "model", parts: [part] };
  return { results, events: [{ candidates: [{ content, finishReason: "STOP", index: 0 }] }] };
}
