import { describe, expect, it } from "vitest";
import type { EndpointCredential } from "../../../../functions/core/config/upstream/credential.ts";
import {
  connectionFailure,
  endpointFailure,
  lateToken,
} from "../../../../functions/core/upstream/failure.ts";

const failed = (status: number, json?: unknown, retryAfterSeconds?: number) => ({
  status,
  json,
  retryAfterSeconds,
});
const endpoint = (type: EndpointCredential["type"], ...response: Parameters<typeof failed>) => {
  const { errorResponse, cause } = endpointFailure({ type } as EndpointCredential, failed(...response));
  return [errorResponse.status, errorResponse.reason, cause];
};
const connection = (
  scopes: string[],
  managementKey: string | undefined,
  ...response: Parameters<typeof failed>
) => {
  const credential = { appId: "linear", connectUrl: undefined, managementKey };
  const { errorResponse } = connectionFailure(credential, failed(...response), scopes);
  return [errorResponse.status, errorResponse.reason];
};

describe("endpointFailure", () => {
  it.each([
    ["token_exchange", 400, { error: "invalid_target" }, 403, "exchange_denied"],
    ["token_exchange", 403, undefined, 403, "exchange_denied"],
    ["token_exchange", 400, { error: "invalid_request" }, 403, "exchange_denied"],
    ["token_exchange", 500, { error: "access_denied" }, 502, "upstream_token_unavailable"],
    ["client_credentials", 403, undefined, 502, "upstream_token_unavailable"],
    ["client_credentials", 429, undefined, 503, "upstream_token_limited"],
  ] as const)("maps %s with status %i and %j to %i %s", (type, status, json, expected, reason) => {
    expect(endpoint(type, status, json).slice(0, 2)).toEqual([expected, reason]);
  });

  it("copies only error codes, never text that could contain a credential", () => {
    expect(endpoint("client_credentials", 400, { error: "invalid_client" })[2]).toBe(
      "the token endpoint returned 400 invalid_client",
    );
    for (const json of [{ error: "token abc.def is bad" }, { error: 7 }, "invalid_client", undefined]) {
      expect(endpoint("client_credentials", 400, json)[2]).toBe("the token endpoint returned 400");
    }
  });

  it.each([
    [7, "7"],
    [1_000_000, "3600"],
    [-5, "1"],
    [0, "1"],
    [undefined, "5"],
  ])("answers a 429 with a Retry-After of %j with one of %j", (seconds, header) => {
    const { errorResponse } = endpointFailure(
      { type: "client_credentials" } as EndpointCredential,
      failed(429, undefined, seconds),
    );
    expect(errorResponse.headers?.["retry-after"]).toBe(header);
  });
});

describe("connectionFailure", () => {
  const SCOPES = ["outbound.token.fetch"];
  it.each([
    [SCOPES, undefined, 404, { errorCode: "E111504" }, 403, "connection_required"],
    [SCOPES, undefined, 403, { errorCode: "E063302" }, 403, "connection_required"],
    [SCOPES, undefined, 404, undefined, 502, "upstream_token_unavailable"],
    [SCOPES, undefined, 401, undefined, 403, "connection_denied"],
    [[], undefined, 403, undefined, 403, "insufficient_scope"],
    [[], "{{ssm:/key}}", 403, undefined, 502, "upstream_token_unavailable"],
    [SCOPES, undefined, 429, undefined, 503, "upstream_token_limited"],
    [SCOPES, undefined, 500, undefined, 502, "upstream_token_unavailable"],
  ])(
    "maps scopes %j, management key %j, status %i and %j to %i %s",
    (scopes, key, status, json, expected, reason) => {
      expect(connection(scopes, key, status, json)).toEqual([expected, reason]);
    },
  );
});

it("lateToken says that nothing was sent", () => {
  expect(lateToken()).toMatchObject({ status: 504, message: expect.stringContaining("Nothing was sent") });
});

it.each([
  [undefined, "Sign in again and allow it, or ask the administrator where accounts are connected."],
  [
    "https://auth.example.com/connect",
    "Open https://auth.example.com/connect to connect it, then try again.",
  ],
])(
  "an account that is not connected, with the page %j, is reported with what to do",
  (connectUrl, advice) => {
    const credential = { appId: "linear", connectUrl, managementKey: undefined };
    const { errorResponse } = connectionFailure(credential, failed(404, { errorCode: "E111504" }), []);
    expect(errorResponse).toMatchObject({
      connectUrl,
      message: `Your linear account is not connected, so this MCP server can't be used for you. ${advice}`,
    });
  },
);
