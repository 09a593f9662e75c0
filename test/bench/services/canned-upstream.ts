// A fast upstream: responds to every POST with the same JSON or an event stream, on plain sockets, and only parses the framing of a request.
// Below `/members` it also begins sessions and lists tools.
// Runs as a separate process: `node canned-upstream.ts` prints its port.
import net from "node:net";

const BODY = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  result: { content: [{ type: "text", text: "x".repeat(940) }] },
});
const JSON_RESPONSE = jsonResponse(BODY);
const SESSION_RESPONSE = jsonResponse(
  JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    result: {
      protocolVersion: "2025-11-25",
      capabilities: { tools: {} },
      serverInfo: { name: "canned", version: "1.0.0" },
    },
  }),
  "mcp-session-id: 6f1c9c1e-8a44-4b0e-9f0e-0d1c5f4f9b8a\r\n",
);
const LIST_RESPONSE = jsonResponse(
  JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    result: {
      tools: Array.from({ length: 12 }, (_, index) => ({
        name: `mail_tool_${index}`,
        description: "Reads the messages of a mailbox by folder, sender and date, newest first.",
        inputSchema: {
          type: "object",
          properties: { folder: { type: "string" }, limit: { type: "integer" } },
          required: ["folder"],
        },
      })),
    },
  }),
);
const STREAM_HEAD =
  "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
const EVENT = `data: ${JSON.stringify({ jsonrpc: "2.0", method: "notifications/progress", params: {} })}\n\n`;
const EVENT_CHUNK = `${EVENT.length.toString(16)}\r\n${EVENT}\r\n`;
/** Default for streams; the path sets other values: `/stream/<events>/<ms between events>`. */
const USUAL_STREAM = { events: 3, gapMs: 10 };

const server = net.createServer({ noDelay: true }, (socket) => {
  let pending = Buffer.alloc(0);
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    for (;;) {
      const headEnd = pending.indexOf("\r\n\r\n");
      if (headEnd === -1) return;
      const head = pending.toString("latin1", 0, headEnd);
      const length = Number(/\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      const chunked = /\ntransfer-encoding: *chunked/i.test(head);
      const end = chunked ? chunkedEnd(pending, headEnd + 4) : headEnd + 4 + length;
      if (end === -1 || pending.length < end) return;
      const body = head.includes(" /members ") ? pending.toString("latin1", headEnd, end) : "";
      pending = pending.subarray(end);
      if (head.includes("/stream")) sendEvents(socket, streamOf(head));
      else socket.write(responseTo(body));
    }
  });
});

function responseTo(body: string): string {
  if (body.includes('"method":"initialize"')) return SESSION_RESPONSE;
  return body.includes('"method":"tools/list"') ? LIST_RESPONSE : JSON_RESPONSE;
}

function jsonResponse(body: string, headers = ""): string {
  return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`;
}

function chunkedEnd(bytes: Buffer, start: number): number {
  const end = bytes.indexOf("0\r\n\r\n", start);
  return end === -1 ? -1 : end + 5;
}

function streamOf(head: string): typeof USUAL_STREAM {
  const [, events, gapMs] = /^\S+ \/stream\/(\d+)\/(\d+)/.exec(head) ?? [];
  return events === undefined ? USUAL_STREAM : { events: Number(events), gapMs: Number(gapMs) };
}

function sendEvents(socket: net.Socket, { events, gapMs }: typeof USUAL_STREAM): void {
  socket.write(STREAM_HEAD + EVENT_CHUNK);
  let sent = 1;
  const timer = setInterval(() => {
    socket.write(EVENT_CHUNK);
    sent += 1;
    if (sent < events) return;
    clearInterval(timer);
    socket.write("0\r\n\r\n");
  }, gapMs);
}

server.listen(0, "127.0.0.1", () => console.log((server.address() as net.AddressInfo).port));
