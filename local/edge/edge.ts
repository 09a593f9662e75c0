// CloudFront in front of the API, as infra/constructs/edge.ts sets it up: requests go to the stage with the origin secret, responses
// pass the deployed header function, nothing is cached, and a response may be idle for two minutes.
import { randomBytes } from "node:crypto";
import { type IncomingMessage, type RequestListener, request, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { createContext, runInContext } from "node:vm";
import { CHALLENGE_HEADER_CODE } from "../../infra/constructs/challenge-header.ts";

const RESPONSE_TIMEOUT_MS = 120_000;

type EdgeHeaders = Record<string, { key: string; value: string }[]>;
type OriginResponse = (event: object) => Promise<{ headers: EdgeHeaders }>;

/** An edge and its origin, which only the edge may call. */
export type LocalEdge = {
  /** Responds to clients. */
  readonly handle: RequestListener;
  /** The API with its resource policy: requests without the secret are denied. */
  closed(api: RequestListener): RequestListener;
};

/**
 * Creates an edge.
 *
 * @param originUrl returns the API's own URL with its stage; called for each request
 * @param responseTimeoutMs idle timeout of the origin
 */
export function createEdge(originUrl: () => string, responseTimeoutMs = RESPONSE_TIMEOUT_MS): LocalEdge {
  const secret = randomBytes(32).toString("base64url");
  const originResponse = loadFunction();
  return {
    handle: (incoming, outgoing) => {
      const { host: _host, ...headers } = incoming.headers;
      const forwarded = request(`${originUrl()}${incoming.url}`, {
        method: incoming.method,
        headers: { ...headers, referer: secret },
        timeout: responseTimeoutMs,
      });
      forwarded.on("timeout", () =>
        forwarded.destroy(new Error("no data from the origin within the response timeout")),
      );
      forwarded.on("error", () => fail(outgoing));
      forwarded.on("response", (response) => void relay(response, outgoing, originResponse));
      outgoing.on("close", () => forwarded.destroy());
      incoming.pipe(forwarded);
    },
    closed: (api) => (incoming, outgoing) => {
      if (incoming.headers.referer === secret) return api(incoming, outgoing);
      const message =
        "User: anonymous is not authorized to perform: execute-api:Invoke with an explicit deny";
      outgoing
        .writeHead(403, { "Content-Type": "application/json" })
        .end(JSON.stringify({ Message: message }));
    },
  };
}

function loadFunction(): OriginResponse {
  const exported: { handler?: OriginResponse } = {};
  runInContext(CHALLENGE_HEADER_CODE, createContext({ exports: exported }));
  return exported.handler as OriginResponse;
}

async function relay(
  response: IncomingMessage,
  outgoing: ServerResponse,
  run: OriginResponse,
): Promise<void> {
  const given: EdgeHeaders = {};
  for (let index = 0; index < response.rawHeaders.length; index += 2) {
    const [key = "", value = ""] = response.rawHeaders.slice(index, index + 2);
    given[key.toLowerCase()] = [...(given[key.toLowerCase()] ?? []), { key, value }];
  }
  const { headers } = await run({
    Records: [{ cf: { response: { status: response.statusCode, headers: given } } }],
  });
  const hopByHop = new Set(["connection", "keep-alive", "transfer-encoding"]);
  for (const [name, values] of Object.entries(headers)) {
    const [first] = values;
    if (first !== undefined && !hopByHop.has(name))
      outgoing.setHeader(
        first.key,
        values.map(({ value }) => value),
      );
  }
  outgoing.writeHead(response.statusCode ?? 502);
  outgoing.flushHeaders();
  await pipeline(response, outgoing).catch(() => outgoing.destroy());
}

/** The client gets a 504 if the headers have not been sent; otherwise the connection is closed. */
function fail(outgoing: ServerResponse): void {
  if (outgoing.headersSent) outgoing.destroy();
  else outgoing.writeHead(504, { "Content-Type": "text/html" }).end("504 Gateway Timeout");
}
