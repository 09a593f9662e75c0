// A JWKS endpoint whose keys a test replaces, and that counts its requests.

import { startHttp } from "./loopback-server.ts";
import type { TestKey } from "./tokens.ts";

export type KeyServer = {
  /** a path of no known layout */
  url: string;
  /** requests so far */
  requests(): number;
  /** replaces the served keys */
  publish(...keys: TestKey[]): void;
  close(): Promise<void>;
};

export async function startKeyServer(...keys: TestKey[]): Promise<KeyServer> {
  let published = keys;
  let requests = 0;
  const server = await startHttp((_request, response) => {
    requests += 1;
    response.writeHead(200, { "content-type": "application/jwk-set+json" });
    response.end(JSON.stringify({ keys: published.map(({ publicJwk }) => publicJwk) }));
  });
  return {
    url: `http://127.0.0.1:${server.port}/idp/certs?format=jwk`,
    requests: () => requests,
    publish: (...next) => {
      published = next;
    },
    close: server.close,
  };
}
