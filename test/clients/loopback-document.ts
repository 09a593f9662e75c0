// A client id metadata document on https://127.0.0.1, with a certificate that this process trusts while it is served.
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { LOOPBACK_CERTIFICATE, LOOPBACK_KEY } from "../fixtures/loopback-tls.ts";

export async function serveClientDocument(redirectUris: string[]): Promise<{ url: string; close(): void }> {
  const server = createServer({ key: LOOPBACK_KEY, cert: LOOPBACK_CERTIFICATE }, (_request, response) => {
    const document = { client_id: url, client_name: "Client with a document", redirect_uris: redirectUris };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(document));
  });
  const trusted = getCACertificates("default");
  setDefaultCACertificates([...trusted, LOOPBACK_CERTIFICATE]);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/client.json`;
  return {
    url,
    close: () => {
      setDefaultCACertificates(trusted);
      server.close();
      server.closeAllConnections();
    },
  };
}
