// A plain HTTP/1.1 exchange over a socket, for what fetch would normalise: header lines as sent and as received.
import { request } from "node:http";

/** What came back, headers in order and as often as they came. */
export type RawResponse = { status: number; headers: [string, string][]; body: string };

/** Sends a request; `headers` is a flat list, so that names may repeat. */
export function rawRequest(
  url: string,
  {
    method = "GET",
    headers = [],
    body,
  }: { method?: string; headers?: string[]; body?: string | Buffer } = {},
): Promise<RawResponse> {
  return new Promise((resolve, reject) => {
    const target = new URL(url);
    const sent = request(
      {
        host: target.hostname,
        port: target.port,
        // Unchanged: URL would resolve dots and normalise escapes.
        path: url.slice(target.origin.length) || "/",
        method,
        headers: [
          "Host",
          target.host,
          ...headers,
          ...(body ? ["Content-Length", String(Buffer.byteLength(body))] : []),
        ],
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: pairs(response.rawHeaders),
            body: Buffer.concat(chunks).toString("utf8"),
          }),
        );
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

/** All values of a header. */
export function valuesOf({ headers }: RawResponse, name: string): string[] {
  return headers.filter(([given]) => given.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
}

function pairs(raw: string[]): [string, string][] {
  return raw.flatMap((name, index) =>
    index % 2 === 0 ? [[name, raw[index + 1] ?? ""] as [string, string]] : [],
  );
}
