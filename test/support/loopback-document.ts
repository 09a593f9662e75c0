// A client id metadata document on https://127.0.0.1, with a certificate that this process trusts while it is served.
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { LOOPBACK_CERTIFICATE } from "../fixtures/loopback-tls.ts";
import { startHttps } from "./loopback-server.ts";

export async function serveClientDocument(
  redirectUris: string[],
): Promise<{ url: string; close(): Promise<void> }> {
  const server = await startHttps((_request, response) => {
    const document = { client_id: url, client_name: "Client with a document", redirect_uris: redirectUris };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(document));
  });
  const trusted = getCACertificates("default");
  setDefaultCACertificates([...trusted, LOOPBACK_CERTIFICATE]);
  const url = `${server.origin}/client.json`;
  return {
    url,
    close: () => {
      setDefaultCACertificates(trusted);
      return server.close();
    },
  };
}
