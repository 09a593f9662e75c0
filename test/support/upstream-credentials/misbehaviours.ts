// Ways in which a server that issues credentials can fail, by name: a connection that hangs or breaks, a response that can't be read,
// a token that must not be sent on.
import type { ServerResponse } from "node:http";

/** The server's regular response. */
export type GoodResponse = {
  token: string;
  /** seconds; undefined: the response says nothing */
  expiresIn: number | undefined;
  /** the response body for any token and lifetime */
  render(token: unknown, expiresIn: unknown): object;
};

type Misbehave = (response: ServerResponse, good: GoodResponse) => void;

const SLOW_MS = 300;
const HUGE_BYTES = 8_000_000;

const sendJson = (response: ServerResponse, status: number, body: unknown, headers = {}) =>
  void response
    .writeHead(status, { "content-type": "application/json", ...headers })
    .end(JSON.stringify(body));
const sendRaw = (body: string | Buffer, type = "application/json"): Misbehave => {
  return (response) => void response.writeHead(200, { "content-type": type }).end(body);
};
const withStatus = (status: number, headers: Record<string, string> = {}): Misbehave => {
  return (response) => sendJson(response, status, { errorCode: "E000000", error: "server_error" }, headers);
};
const withToken = (change: (token: string) => unknown): Misbehave => {
  return (response, { token, expiresIn, render }) =>
    sendJson(response, 200, render(change(token), expiresIn));
};
const withExpiry = (expiry: unknown): Misbehave => {
  return (response, { token, render }) => sendJson(response, 200, render(token, expiry));
};

const WIRE = {
  "hangs before the response": () => {},
  "hangs in the body": (response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
    response.write('{"access_token":"');
  },
  "resets in the body": (response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
    response.write('{"access_token":"', () => response.socket?.resetAndDestroy());
  },
  garbage: (response) => void response.socket?.end("\u0000\u0001\u0002 no HTTP at all\r\n\r\n"),
  slow: (response, { token, expiresIn, render }) => {
    setTimeout(() => sendJson(response, 200, render(token, expiresIn)), SLOW_MS);
  },
  huge: (response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(Buffer.alloc(HUGE_BYTES, " "));
  },
} satisfies Record<string, Misbehave>;

const STATUSES = {
  "302": withStatus(302, { location: "/elsewhere" }),
  "307": withStatus(307, { location: "/elsewhere" }),
  "307 to another host": withStatus(307, { location: "http://127.0.0.2:9/token" }),
  "400": withStatus(400),
  "401": withStatus(401),
  "403": withStatus(403),
  "429": withStatus(429),
  "429 with Retry-After": withStatus(429, { "retry-after": "7" }),
  "500": withStatus(500),
  "503": withStatus(503),
  "503 with Retry-After": withStatus(503, { "retry-after": "7" }),
} satisfies Record<string, Misbehave>;

const UNREADABLE = {
  "an empty body": sendRaw(""),
  HTML: sendRaw("<!doctype html><title>Sign in</title>", "text/html"),
  "an array": sendRaw("[]"),
  null: sendRaw("null"),
  "a body that is not UTF-8": sendRaw(Buffer.from('{"access_token":"\xff"}', "latin1")),
  "half a body": sendRaw('{"access_token":"ab'),
  "an error with status 200": sendRaw('{"error":"invalid_client","errorCode":"E000000"}'),
} satisfies Record<string, Misbehave>;

const UNUSABLE_TOKENS = {
  "no token": withToken(() => undefined),
  "an empty token": withToken(() => ""),
  "a token that is null": withToken(() => null),
  "a token that is a number": withToken(() => 12),
  "a token that is an object": withToken((token) => ({ token })),
  "a token with a line break": withToken((token) => `${token}\r\nX-Injected: 1`),
  "a token with a line feed": withToken((token) => `${token}\nX-Injected: 1`),
  "a token with a NUL": withToken((token) => `${token}\u0000`),
  "a token with an escape": withToken((token) => `\u001b[31m${token}`),
  "a token with a DEL": withToken((token) => `${token}\u007f`),
  "a token with a letter beyond ASCII": withToken((token) => `${token}é`),
  "a token with a line separator": withToken((token) => `${token}\u2028`),
} satisfies Record<string, Misbehave>;

const SHORT_LIVED = {
  "expired at once": withExpiry(0),
  "expired a minute ago": withExpiry(-60),
  "expires in 30 seconds": withExpiry(30),
} satisfies Record<string, Misbehave>;

const ALL = { ...WIRE, ...STATUSES, ...UNREADABLE, ...UNUSABLE_TOKENS, ...SHORT_LIVED };

/** A way to fail. */
export type Misbehaviour = keyof typeof ALL;

const namesOf = <Name extends string>(group: Record<Name, unknown>) => Object.keys(group) as Name[];

/** Responses without a usable token, whatever their status. */
export const UNREADABLE_RESPONSES = namesOf(UNREADABLE);
/** Responses with a token that must never reach a header. */
export const UNUSABLE_TOKEN_RESPONSES = namesOf(UNUSABLE_TOKENS);
/** Redirects, which must not be followed. */
export const REDIRECTS: readonly Misbehaviour[] = ["302", "307", "307 to another host"];

/** Fails in the named way. */
export function misbehave(how: Misbehaviour, response: ServerResponse, good: GoodResponse): void {
  ALL[how](response, good);
}
