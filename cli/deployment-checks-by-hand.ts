// What no request from outside can show of a deployment, and how to look at it by hand.
import type { ByHand } from "./deployment-check.ts";

/** Points for whoever has access to the account. */
export const BY_HAND: readonly ByHand[] = [
  {
    name: "refusals are not kept",
    expected: "the authorizer runs for each request with a bad token",
    todo: "Send the same bad token twice, then find two lines in the authorizer's log.",
  },
  {
    name: "authorizer failure",
    expected: "503 authorizer_unavailable",
    todo: "On a test stage: put faulty JSON into the parameter <prefix>/gateway, wait for a new execution environment, send a token, and put the parameter back.",
  },
  {
    name: "escaped braces",
    expected:
      "the parameter holds \\u007b\\u007bssm:…}} and letters of other languages unchanged, and the header its secret",
    todo: "On a test stage: deploy a server with a header {{ssm:/name}} and the resource_name Ünï 李. The deployment succeeds, npm run config -- diff shows no change, and the server gets the secret.",
  },
  {
    name: "long streams",
    expected: "a stream with a heartbeat lives for more than 5 minutes, and ends after 15",
    todo: "Open a GET stream with npm run token or curl, and leave it open.",
  },
  {
    name: "metrics of the log lines",
    expected:
      "namespace McpGateway has Requests and AuthorizerMs by gateway and mcp_server, and the dashboard draws them",
    todo: 'Call a tool, wait for two minutes, then look into CloudWatch\'s metrics and at the dashboard. Send one request with the header X-Amzn-RequestId: x","status":"299 and find it in the access log by its x-amz-apigw-id: the line is one JSON object with the true status.',
  },
];
