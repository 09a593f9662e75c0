// Loaded into the conformance tool with `node --import`: adds an Authorization header, which the tool cannot send, to every request to one
// origin. It uses Node's diagnostics channels for requests: one for built-in fetch and undici, one for node:http.
import { subscribe } from "node:diagnostics_channel";
import type { ClientRequest } from "node:http";

type UndiciRequest = { origin?: string | URL; addHeader(name: string, value: string): unknown };

const { CONFORMANCE_ORIGIN: wanted, CONFORMANCE_TOKEN: token } = process.env;

/** The token must not be sent to other origins. */
function isWanted(origin: string): boolean {
  return URL.canParse(origin) && new URL(origin).origin === wanted;
}

if (wanted && token) {
  const credential = `Bearer ${token}`;
  subscribe("undici:request:create", (message) => {
    const { request } = message as { request: UndiciRequest };
    if (isWanted(String(request.origin))) request.addHeader("authorization", credential);
  });
  subscribe("http.client.request.created", (message) => {
    const { request } = message as { request: ClientRequest };
    const host = request.getHeader("host");
    if (isWanted(`${request.protocol}//${host}`)) request.setHeader("authorization", credential);
  });
}
