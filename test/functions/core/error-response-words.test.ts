// What a client reads when the proxy denies its request before anything is forwarded.
import { describe, expect, it } from "vitest";
import { admitRequest, type GatewayRequest } from "../../../functions/core/admit-request.ts";
import { buildSnapshot } from "../../../functions/core/config-snapshot.ts";
import { configParameters, configSnapshot, parameter } from "../../support/gateway-config.ts";
import { principalWith } from "../../support/principals.ts";
import { NOW, NOW_SECONDS } from "../../support/tokens.ts";

const PING = '{"jsonrpc":"2.0","id":7,"method":"ping"}';
const JSON_TYPE = { "content-type": "application/json" };

type Parts = Partial<Omit<GatewayRequest, "headers">> & {
  headers?: Record<string, string | string[]>;
  principal?: Parameters<typeof principalWith>[0] | null;
  getStream?: boolean;
};

function messageFor({ headers = JSON_TYPE, principal, getStream = false, ...rest }: Parts): string {
  const request: GatewayRequest = {
    method: "POST",
    server: "tools",
    body: PING,
    ...rest,
    headers: new Map(Object.entries(headers).map(([name, value]) => [name, [value].flat()])),
  };
  const config = configSnapshot({ servers: { tools: { get_stream: getStream } } });
  const caller = principal === null ? undefined : principalWith(principal);
  const admission = admitRequest(request, caller, config, "https://mcp.example.com", NOW);
  return admission.ok ? "admitted" : admission.errorResponse.message;
}

describe("the error message for the client says", () => {
  it.each<[string, Parts, string]>([
    [
      "that the caller is not verified",
      { principal: null },
      "The request did not come with a verified caller. Send it through the gateway's URL.",
    ],
    [
      "that the token has expired",
      { principal: { exp: NOW_SECONDS - 60 } },
      "The access token has expired. Refresh it or sign in again.",
    ],
    [
      "that the server is unknown",
      { server: "nobody", principal: { server: "nobody" } },
      "There is no MCP server of this name here. Check the server name in the URL.",
    ],
    [
      "that its page's origin is not allowed",
      { headers: { ...JSON_TYPE, origin: "https://x.example.com" } },
      "This web origin may not call the gateway. The administrator can add it to allowed_origins.",
    ],
    ["that GET is not served", { method: "GET" }, "This server opens no stream for GET. Use POST."],
    [
      "that GET is for streams",
      { method: "GET", getStream: true, headers: { accept: "application/json" } },
      "GET opens an event stream. Send Accept: text/event-stream.",
    ],
    ["which methods there are", { method: "PUT" }, "An MCP endpoint takes POST, GET and DELETE."],
    [
      "which type to send",
      { headers: { "content-type": "text/plain" } },
      "Send the message as Content-Type: application/json.",
    ],
    [
      "that a missing content type is not JSON",
      { headers: {} },
      "Send the message as Content-Type: application/json.",
    ],
    [
      "that two types are none",
      { headers: { "content-type": ["application/json", "application/json"] } },
      "Send the message as Content-Type: application/json.",
    ],
    [
      "nothing where a space stands behind the type",
      { headers: { "content-type": "application/json ; charset=utf-8" } },
      "admitted",
    ],
    [
      "which responses to accept",
      { headers: { ...JSON_TYPE, accept: "text/html" } },
      "Send Accept: application/json, text/event-stream.",
    ],
    [
      "nothing where it accepts in two headers",
      { headers: { ...JSON_TYPE, accept: ["text/html", "application/json ;q=1"] } },
      "admitted",
    ],
    [
      "when batches exist",
      { body: `[${PING}]`, headers: { ...JSON_TYPE, "mcp-protocol-version": "2025-11-25" } },
      "Batches exist in MCP 2025-03-26 alone. Send one message per request.",
    ],
  ])("%s", (_name, parts, message) => {
    expect(messageFor(parts)).toBe(message);
  });

  it("that a server's configuration is invalid", () => {
    const broken = [...configParameters({ servers: {} }), parameter("servers/tools", "{")];
    const { snapshot } = buildSnapshot(broken, { servers: new Map() });
    if (snapshot === undefined) throw new Error("no snapshot");
    const request: GatewayRequest = { method: "POST", server: "tools", body: PING, headers: new Map() };
    const admission = admitRequest(request, principalWith(), snapshot, "https://mcp.example.com", NOW);
    expect(admission).toMatchObject({
      ok: false,
      errorResponse: {
        message: "This server is not available: its configuration has a fault. Try again later.",
      },
    });
  });
});
