// A bare pipe for the workload: a node:http server and client, without checks.
import http from "node:http";
import { serve } from "./serve.ts";

const upstream = new URL(process.env["UPSTREAM_URL"] ?? "");
const agent = new http.Agent({ keepAlive: true });

serve((request, response) => {
  const { method, headers } = request;
  const outgoing = http.request(upstream, { method, headers, agent }, (received) => {
    response.writeHead(received.statusCode ?? 502, received.headers);
    received.pipe(response);
  });
  request.pipe(outgoing);
});
