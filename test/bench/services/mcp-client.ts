// A minimal MCP client for the load: writes each message itself and reads only the result of a response and its time. The official client's
// schemas would cost more than the measured subjects.
import http from "node:http";

/** The protocol's two eras, each by one of its revisions. */
export type Era = "2025-11-25" | "2026-07-28";

/** The URL of a client's requests. */
export type Endpoint = { port: number; path: string };

/** Times of the first event and of the end of a response, in milliseconds since the request. */
export type Times = { firstMs: number; doneMs: number };

type Message = { method: string; params: Record<string, unknown> };
type McpResponse = Times & { status: number; headers: http.IncomingHttpHeaders; body: string };

const CLIENT_INFO = { name: "bench", version: "1.0.0" };

/** One virtual client with its own connection and token. */
export class McpClient {
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  readonly #to: Endpoint;
  readonly #era: Era;
  readonly #token: string;
  #session: string | undefined;
  #lastId = 0;

  constructor(to: Endpoint, era: Era, token: string) {
    this.#to = to;
    this.#era = era;
    this.#token = token;
  }

  /** Starts: `initialize`, or the first request of an era without sessions. */
  async begin(): Promise<Times> {
    this.#session = undefined;
    if (this.#era === "2026-07-28") return await this.#ask({ method: "server/discover", params: {} });
    const params = { protocolVersion: this.#era, capabilities: {}, clientInfo: CLIENT_INFO };
    const times = await this.#ask({ method: "initialize", params });
    if (this.#session === undefined) throw new Error("no session");
    const { status } = await this.#send("POST", { jsonrpc: "2.0", method: "notifications/initialized" }, {});
    if (status !== 202) throw new Error(`a notification returned ${status}`);
    return times;
  }

  /** Lists the tools. */
  list(): Promise<Times> {
    return this.#ask({ method: "tools/list", params: {} });
  }

  /** Calls a tool; with a progress token if it `reports`. */
  call(name: string, args: object, reports: boolean): Promise<Times> {
    const meta = reports && { _meta: { progressToken: this.#lastId + 1 } };
    return this.#ask({ method: "tools/call", params: { name, arguments: args, ...meta } });
  }

  /** Ends the session, if any. */
  async end(): Promise<void> {
    if (this.#session !== undefined) await this.#send("DELETE", undefined, {});
    this.#session = undefined;
  }

  /** Closes the connection. */
  close(): void {
    this.#agent.destroy();
  }

  async #ask({ method, params }: Message): Promise<Times> {
    this.#lastId += 1;
    const isModern = this.#era === "2026-07-28";
    const meta = isModern && {
      "io.modelcontextprotocol/protocolVersion": this.#era,
      "io.modelcontextprotocol/clientInfo": CLIENT_INFO,
      "io.modelcontextprotocol/clientCapabilities": {},
    };
    const full = isModern ? { ...params, _meta: { ...meta, ...(params["_meta"] as object) } } : params;
    const message = { jsonrpc: "2.0", id: this.#lastId, method, params: full };
    const name = params["name"] as string | undefined;
    const headers = isModern && { "mcp-method": method, ...(name !== undefined && { "mcp-name": name }) };
    const response = await this.#send("POST", message, headers || {});
    const result = lastResult(response);
    if (result === undefined || result.isError === true)
      throw new Error(`${method} returned ${response.status}: ${response.body.slice(0, 300)}`);
    this.#session = (response.headers["mcp-session-id"] as string | undefined) ?? this.#session;
    return response;
  }

  #send(method: string, message: object | undefined, headers: Record<string, string>): Promise<McpResponse> {
    const body = message === undefined ? "" : JSON.stringify(message);
    const startedAt = performance.now();
    return new Promise((resolve, reject) => {
      const request = http.request(
        { ...this.#to, host: "127.0.0.1", method, agent: this.#agent, headers: this.#headers(body, headers) },
        (response) => {
          let text = "";
          let firstMs: number | undefined;
          response.setEncoding("utf8").on("data", (chunk: string) => {
            text += chunk;
            // A server may send an empty event first, so that the stream can be resumed.
            if (firstMs === undefined && text.includes('"jsonrpc"')) firstMs = performance.now() - startedAt;
          });
          response.on("error", reject).on("end", () => {
            const doneMs = performance.now() - startedAt;
            const { statusCode: status = 0, headers: given } = response;
            resolve({ status, headers: given, body: text, firstMs: firstMs ?? doneMs, doneMs });
          });
        },
      );
      request.on("error", reject).end(body);
    });
  }

  #headers(body: string, more: Record<string, string>): Record<string, string> {
    const isKnown = this.#era === "2026-07-28" || this.#session !== undefined;
    return {
      authorization: `Bearer ${this.#token}`,
      accept: "application/json, text/event-stream",
      ...(body !== "" && { "content-type": "application/json" }),
      "content-length": String(Buffer.byteLength(body)),
      ...(isKnown && { "mcp-protocol-version": this.#era }),
      ...(this.#session !== undefined && { "mcp-session-id": this.#session }),
      ...more,
    };
  }
}

function lastResult({ status, headers, body }: McpResponse): { isError?: boolean } | undefined {
  if (status !== 200) return undefined;
  const isStream = headers["content-type"]?.startsWith("text/event-stream");
  const text = isStream ? /^data: (.*"jsonrpc".*)$/m.exec(lastEvent(body))?.[1] : body;
  return text === undefined ? undefined : JSON.parse(text).result;
}

function lastEvent(body: string): string {
  return body.split("\n\n").findLast((event) => event.includes('"jsonrpc"')) ?? "";
}
