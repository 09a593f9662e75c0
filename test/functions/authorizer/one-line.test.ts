// Every run of the authorizer ends in exactly one line with its metrics, whatever is thrown and whatever the event looks like, and
// nothing but a decision is an Allow.

import { inspect } from "node:util";
import type { APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { beforeAll, describe, expect, it } from "vitest";
import type { TokenVerifiers } from "../../../functions/authorizer/decide.ts";
import { createAuthorizer } from "../../../functions/authorizer/handler.ts";
import type { ConfigStore } from "../../../functions/platform/config-store.ts";
import { createIntrospection } from "../../../functions/platform/introspection.ts";
import { createJwksCache } from "../../../functions/platform/jwks.ts";
import { createRequestMetrics } from "../../../functions/platform/request-metrics.ts";
import { createKeyResolver } from "../../../functions/platform/resolve-key.ts";
import { createSecretStore } from "../../../functions/platform/secret-store.ts";
import { configSnapshot, configStoreOf, JWT_VALIDATION } from "../../support/gateway-config.ts";
import { authorizerEvent, REQUEST_ID } from "../../support/gateway-events.ts";
import { recordLog } from "../../support/recorded-log.ts";
import { makeKey, NOW, signToken, type TestKey } from "../../support/tokens.ts";

let key: TestKey;
let token: string;
beforeAll(async () => {
  key = await makeKey("RS256", "key-1");
  token = await signToken(key);
});

const INTROSPECTION = {
  introspectEndpoint: "https://auth.example.com/introspect",
  introspectClientId: "gateway",
  introspectClientSecret: "{{ssm:/team/introspection}}",
};

function config(block: Record<string, unknown> = {}): ConfigStore {
  const { jwksUri: _, ...rest } = JWT_VALIDATION;
  const jwks = { keys: [key.publicJwk] };
  return configStoreOf(configSnapshot({ gateway: { jwt_validation: { ...rest, jwks, ...block } } }));
}

async function run(
  event: unknown,
  store: ConfigStore = config(),
  {
    readSecret,
    ...verifiers
  }: Partial<TokenVerifiers> & { readSecret?: (name: string) => Promise<string> } = {},
) {
  const log = recordLog();
  const authorizer = createAuthorizer({
    config: store,
    verifiers: {
      resolveKey: createKeyResolver(createJwksCache(log)),
      introspect: createIntrospection(createSecretStore(readSecret ?? (async () => "secret"))),
      ...verifiers,
    },
    log,
    requestMetrics: createRequestMetrics("/mcp-gateway/dev"),
    now: () => NOW,
  });
  const outcome = await authorizer(event as APIGatewayRequestAuthorizerEvent).then(
    ({ policyDocument }) => (policyDocument.Statement[0] as { Effect: string }).Effect,
    (error: Error) => error,
  );
  return { outcome, lines: log.lines };
}

const good = () => authorizerEvent({ headers: { Authorization: `Bearer ${token}` } });

describe("an unexpected error", () => {
  const secret = "s3cr3t-value-of-the-client-0123456789";

  it("of a client secret that cannot be read writes one line with the parameter's name and responds 503", async () => {
    const denied = Object.assign(new Error(`not authorized, and ${secret}`), {
      name: "AccessDeniedException",
    });
    const { outcome, lines } = await run(good(), config(INTROSPECTION), {
      readSecret: () => Promise.reject(denied),
    });
    expect(outcome).toMatchObject({
      message: expect.stringMatching(/^no decision could be made: configuration_unavailable \(/),
    });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: "warn",
      message: "request denied",
      fields: {
        server: "tools",
        request_id: REQUEST_ID,
        reason: "configuration_unavailable",
        cause:
          "SecretUnavailable: the secret /team/introspection could not be read, because of AccessDeniedException: not authorized, and …",
        Failures: 1,
        mcp_server: "tools",
      },
    });
  });

  it.each<[string, () => Partial<TokenVerifiers>, Record<string, unknown>]>([
    [
      "of introspection",
      () => ({ introspect: async () => Promise.reject(new TypeError(`bad ${token}`)) }),
      INTROSPECTION,
    ],
    [
      "of the key source",
      () => ({
        resolveKey: () => {
          throw new RangeError(`bad ${token}`);
        },
      }),
      {},
    ],
  ])("%s writes one line without the token and responds 503", async (_name, verifiers, block) => {
    const { outcome, lines } = await run(good(), config(block), verifiers());
    expect(String(outcome)).toMatch(/^Error: no decision could be made: internal_error/);
    expect(lines).toHaveLength(1);
    expect(lines[0]?.fields).toMatchObject({
      reason: "internal_error",
      Failures: 1,
      AuthorizerMs: expect.any(Number),
    });
    expect(lines[0]?.fields["cause"]).toMatch(/Error: bad …$/);
    expect(inspect([outcome, lines], { depth: 20 })).not.toContain(token.split(".")[1]);
  });

  it.each<[string, ConfigStore]>([
    ["rejects", { current: () => Promise.reject(new Error("down")) }],
    [
      "throws",
      {
        current: () => {
          throw new Error("down");
        },
      },
    ],
  ])("of a configuration store that %s writes one line and responds 503", async (_name, store) => {
    const { outcome, lines } = await run(good(), store);
    expect(String(outcome)).toContain("internal_error (Error: down)");
    expect(lines.map(({ fields }) => fields)).toMatchObject([
      { reason: "internal_error", Failures: 1, mcp_server: "other" },
    ]);
  });
});

describe("an authorizer event that is not from API Gateway", () => {
  it("without a request context is decided, and its log line has an empty request id", async () => {
    const { outcome, lines } = await run({ ...good(), requestContext: undefined });
    expect(outcome).toBe("Allow");
    expect(lines).toMatchObject([
      { message: "request authorized", fields: { request_id: "", server: "tools" } },
    ]);
  });

  it.each<[string, () => unknown]>([
    ["null", () => null],
    ["an empty object", () => ({})],
    ["one without a method ARN", () => ({ ...good(), methodArn: undefined })],
    ["one whose method ARN is a number", () => ({ ...good(), methodArn: 5 })],
    ["one without path parameters", () => ({ ...good(), pathParameters: null })],
    [
      "one with a server that is not a string",
      () => ({ ...good(), pathParameters: { server: { toString: 1 } } }),
    ],
    ["one without headers", () => ({ ...good(), headers: null, multiValueHeaders: null })],
    [
      "one with a header that is not an array",
      () => ({ ...good(), multiValueHeaders: { Authorization: token } }),
    ],
    [
      "one with a header value that is not a string",
      () => ({ ...good(), multiValueHeaders: { Authorization: [5] } }),
    ],
  ])("(%s) writes one line and is never allowed at a server", async (_name, event) => {
    const { outcome, lines } = await run(event());
    expect(lines).toHaveLength(1);
    const { reason, Failures, Denials } = lines[0]?.fields ?? {};
    if (outcome === "Allow") {
      // Allowed for a server that cannot exist, to which the proxy responds with 404.
      expect(lines[0]?.message).toBe("request authorized");
      expect(lines[0]?.fields["server"]).toBe("");
    } else expect([reason, Failures ?? Denials]).toEqual([expect.stringMatching(/^[a-z_]+$/), 1]);
  });
});
