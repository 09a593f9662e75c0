// API Gateway events from nowhere, for the authorizer and the proxy: a response or the error that means one, never Allow without the token,
// and never anything but a frame from the proxy.
import type { APIGatewayProxyEvent } from "aws-lambda";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { createAuthorizer } from "../../functions/authorizer/handler.ts";
import { decodePrincipal } from "../../functions/core/principal.ts";
import { createJwksCache } from "../../functions/platform/jwks.ts";
import { createKeyResolver } from "../../functions/platform/resolve-key.ts";
import { requestOf } from "../../functions/proxy/event-request.ts";
import { configSnapshot, configStoreOf, JWT_VALIDATION } from "../support/gateway-config.ts";
import { recordLog } from "../support/recorded-log.ts";
import { makeKey, NOW, signToken } from "../support/tokens.ts";
import { budget } from "./budget.ts";

let authorizer: ReturnType<typeof createAuthorizer>;
let token: string;

beforeAll(async () => {
  const key = await makeKey("RS256", "k");
  token = await signToken(key);
  const { claimValues } = JWT_VALIDATION;
  const snapshot = configSnapshot({
    gateway: { jwt_validation: { jwks: { keys: [key.publicJwk] }, claimValues } },
  });
  const log = recordLog();
  authorizer = createAuthorizer({
    config: configStoreOf(snapshot),
    verifiers: {
      resolveKey: createKeyResolver(createJwksCache(log)),
      introspect: async () => {
        throw new Error("not here");
      },
    },
    log,
    now: () => NOW,
  });
});

const headerName = fc.oneof(
  fc.constantFrom("Authorization", "authorization", "__proto__", "X-A"),
  fc.string(),
);
const events = fc.record({
  pathParameters: fc.option(
    fc.dictionary(fc.constantFrom("server", "__proto__"), fc.oneof(fc.constant("tools"), fc.string())),
  ),
  multiValueHeaders: fc.option(
    fc.dictionary(
      headerName,
      fc.array(fc.oneof(fc.string(), fc.constantFrom("Bearer a.b.c", "genuine")), { maxLength: 2 }),
    ),
  ),
  // Region to stage are API Gateway's; the path is the client's.
  methodArn: fc.string().map((path) => `arn:aws:execute-api:r:1:a/s/POST/${path}`),
});

describe("the authorizer", () => {
  it("allows nothing but one genuine token in one header, whatever else the event holds", async () => {
    await fc.assert(
      fc.asyncProperty(events, async (parts) => {
        const headers = Object.entries(parts.multiValueHeaders ?? {}).map(([name, values]) => [
          name,
          values.map((value) => (value === "genuine" ? `Bearer ${token}` : value)),
        ]);
        const event = {
          ...parts,
          multiValueHeaders: Object.fromEntries(headers),
          requestContext: { requestId: "r" },
        };
        const sent = headers.flatMap(([name, values]) =>
          String(name).toLowerCase() === "authorization" ? values : [],
        );
        try {
          const { policyDocument, context } = await authorizer(event as never);
          const [{ Effect, Resource }] = policyDocument.Statement as unknown as [
            { Effect: string; Resource: string | string[] },
          ];
          expect(Effect).toBe("Allow");
          expect(sent).toEqual([`Bearer ${token}`]);
          for (const resource of [Resource].flat()) expect(resource).not.toMatch(/\*.*\*/s);
          expect(decodePrincipal(context)).toMatchObject({
            sub: "U2alice",
            admitted: parts.pathParameters?.["server"] === "tools",
          });
        } catch (error) {
          expect((error as Error).message).toBe("Unauthorized");
        }
      }),
      budget([] as never[], 2),
    );
  });
});

describe("the proxy's reading of an event and its context", () => {
  it("never throws, and takes no principal that was not encoded", () => {
    const context = fc.option(
      fc.dictionary(fc.constantFrom("server", "principal", "sub", "__proto__"), fc.jsonValue()),
    );
    fc.assert(
      fc.property(
        context,
        fc.option(fc.string()),
        fc.boolean(),
        (authorizerContext, body, isBase64Encoded) => {
          const event = {
            httpMethod: "POST",
            body,
            isBase64Encoded,
            multiValueHeaders: null,
            pathParameters: null,
          };
          expect(requestOf(event as unknown as APIGatewayProxyEvent).server).toBe("");
          expect(decodePrincipal(authorizerContext)).toBeUndefined();
        },
      ),
      budget(),
    );
  });
});
