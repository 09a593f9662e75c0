// A bare pipe: node:http in front, node:http behind, nothing looked at. What any proxy on node:http costs at least.
import http from "node:http";
import { serve } from "./serve.ts";

const downstream = new URL(process.env["DOWNSTREAM_URL"] ?? "");
const agent = new http.Agent({ keepAlive: true });

serve((request, response) => {
  const { method, headers } = request;
  const path = request.url?.includes("stream") ? "/stream" : "/mcp";
  const outgoing = http.request(downstream, { method, headers, agent, path }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  request.pipe(outgoing);
});
