// The requests of the clients, and the correct response to each.
import { randomUUID } from "node:crypto";
import { requestHeaders } from "../../support/mcp-request.ts";
import { type RawResponse, rawRequest } from "../../support/raw-http.ts";
import { EVENTS_PER_STREAM } from "./downstream.ts";

/** A caller with a valid token. */
export type Caller = { sub: string; token: string };

/** One kind of request. `faultOf` returns what is wrong with a response, or undefined. */
export type Kind = {
  name: string;
  /** how often, relative to the others */
  weight: number;
  /** denied before the MCP server is called: a restart does not affect the response */
  local: boolean;
  send(gateway: string, caller: Caller, id: string): Promise<RawResponse>;
  faultOf(response: RawResponse, caller: Caller, id: string): string | undefined;
};

const post = (url: string, token: string | undefined, body: unknown) =>
  rawRequest(url, {
    method: "POST",
    headers: requestHeaders(token, []),
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
const call = (id: string, name: string) => ({ jsonrpc: "2.0", id, method: "tools/call", params: { name } });
const expectResult = ({ status, body }: RawResponse, id: string, result: unknown) => {
  const expected = JSON.stringify({ jsonrpc: "2.0", id, result });
  return status === 200 && body === expected ? undefined : `${status} ${body.slice(0, 200)}`;
};
const expectError = ({ status, body }: RawResponse, expected: number, reason: string) =>
  status === expected && JSON.parse(body).error?.data?.reason === reason
    ? undefined
    : `${status} ${body.slice(0, 200)}`;

/** All kinds of requests. */
export const KINDS: readonly Kind[] = [
  {
    name: "tool call",
    weight: 40,
    local: false,
    send: (gateway, { token }, id) => post(`${gateway}/tools/mcp`, token, call(id, "open")),
    faultOf: (response, { sub }, id) => expectResult(response, id, { caller: sub, asked: id }),
  },
  {
    name: "filtered list",
    weight: 20,
    local: false,
    send: (gateway, { token }, id) =>
      post(`${gateway}/ruled/mcp`, token, { jsonrpc: "2.0", id, method: "tools/list" }),
    faultOf: (response, _caller, id) => {
      const visible = ["open", "count"].map((name) => ({ name, inputSchema: { type: "object" } }));
      return expectResult(response, id, { tools: visible });
    },
  },
  {
    name: "stream",
    weight: 20,
    local: false,
    send: (gateway, { token }, id) => post(`${gateway}/tools/mcp`, token, call(id, "count")),
    faultOf: ({ status, body }, { sub }, id) => {
      const messages = body
        .split("\n\n")
        .flatMap((event) => (event.startsWith("data: ") ? [JSON.parse(event.slice(6))] : []));
      const result = messages.pop()?.result;
      const steps = messages.map(({ params }) => (params.progressToken === id ? params.progress : undefined));
      const right = Array.from({ length: EVENTS_PER_STREAM }, (_, at) => at + 1);
      const complete = status === 200 && JSON.stringify(steps) === JSON.stringify(right);
      return complete && result?.caller === sub && result.asked === id
        ? undefined
        : `${status} ${body.slice(-200)}`;
    },
  },
  {
    name: "notification",
    weight: 5,
    local: false,
    send: (gateway, { token }) =>
      post(`${gateway}/tools/mcp`, token, { jsonrpc: "2.0", method: "notifications/initialized" }),
    faultOf: ({ status, body }) => (status === 202 && body === "" ? undefined : `${status} ${body}`),
  },
  {
    name: "no token",
    weight: 4,
    local: true,
    send: (gateway, _caller, id) => post(`${gateway}/tools/mcp`, undefined, call(id, "open")),
    faultOf: (response) => expectError(response, 401, "unauthorized"),
  },
  {
    name: "forged token",
    weight: 3,
    local: true,
    send: (gateway, { token }, id) =>
      post(
        `${gateway}/tools/mcp`,
        `${token.slice(0, -20)}${randomUUID().replaceAll("-", "").slice(0, 20)}`,
        call(id, "open"),
      ),
    faultOf: (response) => expectError(response, 401, "unauthorized"),
  },
  {
    name: "unknown server",
    weight: 3,
    local: true,
    send: (gateway, { token }, id) => post(`${gateway}/nowhere/mcp`, token, call(id, "open")),
    faultOf: (response) => expectError(response, 404, "unknown_server"),
  },
  {
    name: "not JSON",
    weight: 2,
    local: true,
    send: (gateway, { token }) => post(`${gateway}/tools/mcp`, token, "{"),
    faultOf: (response) => expectError(response, 400, "not_json"),
  },
  {
    name: "hidden tool",
    weight: 3,
    local: true,
    send: (gateway, { token }, id) => post(`${gateway}/ruled/mcp`, token, call(id, "hidden_a")),
    faultOf: (response) => expectError(response, 200, "unknown_name"),
  },
];

const WHEEL = KINDS.flatMap((kind) => Array.from({ length: kind.weight }, () => kind));

/** A random kind, by weight. */
export const anyKind = (): Kind => WHEEL[Math.floor(Math.random() * WHEEL.length)] as Kind;
