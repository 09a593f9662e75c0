// Random configurations: the parser returns a configuration or errors with path and message; and no text gives rules
// that take tokens of any issuer, or symmetric ones.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseGatewayConfig } from "../../functions/core/config/gateway-config.ts";
import { parseServerConfig } from "../../functions/core/config/server-config.ts";
import { buildSnapshot } from "../../functions/core/config-snapshot.ts";
import { parameter } from "../support/gateway-config.ts";
import { budget, corpus } from "./budget.ts";

const examples = corpus("configurations").map((text): [string] => [text]);

const claimRule = fc.record(
  {
    values: fc.oneof(fc.string(), fc.array(fc.string(), { maxLength: 3 }), fc.jsonValue()),
    matchType: fc.constantFrom("exact", "contains", "containsAll", "regex", "any", 1),
  },
  { requiredKeys: [] },
);
const jwtValidation = fc.record(
  {
    jwksUri: fc.oneof(fc.constant("https://idp.example/keys"), fc.webUrl(), fc.jsonValue()),
    algorithms: fc.oneof(
      fc.array(fc.constantFrom("RS256", "ES256", "HS256", "none", "rs256")),
      fc.jsonValue(),
    ),
    requiredClaims: fc.oneof(
      fc.array(fc.constantFrom("sub", "email", "nsec.x", "__proto__")),
      fc.jsonValue(),
    ),
    claimValues: fc.dictionary(fc.constantFrom("iss", "aud", "email", "nsec", "__proto__"), claimRule),
    clockTolerance: fc.oneof(fc.double(), fc.jsonValue()),
    maxTokenAge: fc.oneof(fc.constantFrom("5m", "12h", "-1s", "1y", 0), fc.jsonValue()),
  },
  { requiredKeys: [] },
);
const likely = fc.record(
  {
    url: fc.oneof(fc.constant("https://tools.example.com/mcp"), fc.webUrl(), fc.jsonValue()),
    jwt_validation: jwtValidation,
    headers: fc.oneof(fc.dictionary(fc.string(), fc.string()), fc.jsonValue()),
    tool_authorization: fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue()),
    user_identity_forwarding: fc.jsonValue(),
    timeouts: fc.jsonValue(),
    enabled: fc.oneof(fc.boolean(), fc.jsonValue()),
  },
  { requiredKeys: [] },
);
const texts = fc.oneof(
  likely.map((config) => JSON.stringify(config)),
  fc.json(),
  fc.string({ unit: "binary" }),
  fc
    .tuple(fc.constantFrom(...corpus("configurations")), fc.nat(), fc.string({ maxLength: 2 }))
    .map(([text, at, put]) => {
      const position = at % (text.length + 1);
      return text.slice(0, position) + put + text.slice(position);
    }),
);

describe("the configuration parser", () => {
  it.each([
    ["gateway", parseGatewayConfig],
    ["server", parseServerConfig],
  ])("of a %s file never throws, and a rejection says where and what", (_name, parse) => {
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parse(text);
        if (parsed.ok) {
          expect(parse(text)).toEqual(parsed);
          return;
        }
        expect(parsed.faults.length).toBeGreaterThan(0);
        for (const { path, message } of parsed.faults) {
          expect(typeof path).toBe("string");
          expect(message.length).toBeGreaterThan(10);
        }
      }),
      budget(examples),
    );
  });

  it("lets no rules through that name no issuer or that trust a shared secret", () => {
    fc.assert(
      fc.property(texts, texts, (gatewayText, serverText) => {
        const parameters = [parameter("gateway", gatewayText), parameter("servers/tools", serverText)];
        const { snapshot } = buildSnapshot(parameters, { servers: new Map() });
        const server = snapshot?.servers.get("tools");
        for (const rules of [snapshot?.gatewayRules, server?.tokenRules]) {
          if (rules === undefined) continue;
          expect(rules.claimRules.some(({ claim, values }) => claim === "iss" && values.length > 0)).toBe(
            true,
          );
          expect(rules.algorithms.length).toBeGreaterThan(0);
          for (const algorithm of rules.algorithms)
            expect(algorithm).toMatch(/^(?:[RPE]S(?:256|384|512)|Ed)/);
        }
        if (server !== undefined) expect(new URL(server.url).protocol).toMatch(/^https?:$/);
      }),
      budget(),
    );
  });
});
