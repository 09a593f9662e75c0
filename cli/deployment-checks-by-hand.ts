// Checks of a deployment that no request from outside can do, with instructions.
import { commandText } from "../infra/package-paths.ts";
import type { ByHand } from "./deployment-check.ts";

/** Checks for an operator with access to the account. */
export const BY_HAND: readonly ByHand[] = [
  {
    name: "401 is not cached",
    expected: "the authorizer runs for each request with a bad token",
    todo: "Send the same bad token twice, then find two lines in the authorizer's log.",
  },
  {
    name: "introspection cache",
    expected:
      "the authorizer's cache time is at most the smallest introspectCacheMaxAge, or no server introspects tokens",
    todo: "With config=external, look at the TTL of the API's authorizer in the API Gateway console, and deploy with -c authorizerCacheTtl if it is longer.",
  },
  {
    name: "authorizer failure",
    expected: "503 authorizer_unavailable",
    todo: "On a test stage: put invalid JSON into the parameter <prefix>/gateway, wait for a new execution environment, send a token, and put the parameter back.",
  },
  {
    name: "init phase",
    expected: "a cold start spends most of its time in the init phase, at any memory size",
    todo: "On a test stage: set the authorizer's system log level to INFO, wait for a new execution environment, send a token, and compare Init Duration and Duration in the REPORT line.",
  },
  {
    name: "escaped braces",
    expected:
      "the parameter holds \\u007b\\u007bssm:…}} and letters of other languages unchanged, and the header its secret",
    todo: `On a test stage: deploy a server with a header {{ssm:/name}} and the resource_name Ünï 李. The deployment succeeds, ${commandText("config", "diff")} shows no change, and the server gets the secret.`,
  },
  {
    name: "long streams",
    expected: "a stream with a heartbeat lasts for more than 5 minutes, and ends after 15",
    todo: "On a test stage: set get_stream_seconds of a server to 900, open a GET stream with curl, and keep it open.",
  },
  {
    name: "resource of a server",
    expected:
      "Descope accepts resource=<URL>/<server>/mcp at sign-in and refresh, and the tokens are allowed at that server",
    todo: `Sign a client in at one server, let its token expire and call again. invalid_target or another error: create an MCP Server in Descope for each server, with this URL. 401 at the gateway: compare aud with ${commandText("explain")}.`,
  },
  {
    name: "trailing slash",
    expected:
      "Descope accepts resource=<URL>/<server>/mcp/ like the URL without the slash, or returns an error immediately",
    todo: "Give a client the URL with a trailing slash and sign in. If that fails, tell your users to omit the slash.",
  },
  {
    name: "edge",
    expected:
      "through CloudFront a 403 of a tool has WWW-Authenticate under its own name, and the API's own URL responds with 403 to every caller",
    todo: "With edge=cloudfront: call a tool whose scope the token has not, with curl -i, then send GET /health to the API's execute-api URL. 200 there: the secret was not resolved in the API's policy.",
  },
  {
    name: "metrics of the log lines",
    expected:
      "namespace McpGateway has Requests and AuthorizerMs by gateway and mcp_server, and the dashboard draws them",
    todo: 'Call a tool, wait for two minutes, then check the CloudWatch metrics and the dashboard. Send one request with the header X-Amzn-RequestId: x","status":"299 and find it in the access log by its x-amz-apigw-id: the line is one JSON object with the actual status.',
  },
];
