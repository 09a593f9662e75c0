// A minimal streaming handler: pipes the event to the upstream and its response back with node:http. No check, no identity, no log line.
// Bundled and called like the proxy function.
import http from "node:http";
import type { APIGatewayProxyEvent } from "aws-lambda";

const upstream = new URL(process.env["UPSTREAM_URL"] ?? "");
const agent = new http.Agent({ keepAlive: true });

export const handler = awslambda.streamifyResponse(
  ({ httpMethod, headers, body, pathParameters }: APIGatewayProxyEvent, stream) =>
    new Promise<void>((resolve, reject) => {
      const path = pathParameters?.["server"] === "stream" ? "/stream" : "/mcp";
      const options = { method: httpMethod, headers: headers as http.OutgoingHttpHeaders, agent, path };
      const request = http.request(upstream, options, (response) => {
        const head = {
          statusCode: response.statusCode ?? 502,
          headers: response.headers as Record<string, string>,
        };
        const out = awslambda.HttpResponseStream.from(stream, head);
        response.on("error", reject).pipe(out).on("finish", resolve).on("error", reject);
      });
      request.on("error", reject).end(body ?? "");
    }),
);
