import { describe, expect, it } from "vitest";
import { parseGatewayConfig } from "../../../../functions/core/config/gateway-config.ts";
import {
  compileRateLimits,
  rateLimitClaims,
  rateLimitNameFaults,
} from "../../../../functions/core/config/rate-limits.ts";

const JWT = {
  jwksUri: "https://issuer.example/jwks",
  claimValues: { iss: { values: "https://issuer.example" } },
};

function parse(...limits: object[]) {
  return parseGatewayConfig(JSON.stringify({ jwt_validation: JWT, rate_limits: limits }));
}

function faultsOf(limit: object): string[] {
  const parsed = parse({ name: "few", ...limit });
  return parsed.ok ? [] : parsed.faults.map(({ path, message }) => `${path}: ${message}`);
}

function compiled(limit: object) {
  const parsed = parse({ name: "few", ...limit });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const [first] = compileRateLimits(parsed.config.rate_limits, "*");
  if (first === undefined) throw new Error("no limit");
  return first;
}

const WINDOW = { limit: 5, window: "1m" };
const PLACE = "rate_limits[0]";

describe("a rate limit in the configuration", () => {
  it.each<[string, object]>([
    ["a limit and a window", WINDOW],
    ["a block without a window", { limit: 0 }],
    ["the shortest window", { limit: 1, window: "1s" }],
    ["the longest window", { limit: 1, window: "31d" }],
    ["a window as a number of seconds", { limit: 1, window: 90 }],
    ["a burst and a rate", { burst: 20, per_second: 0.5 }],
    [
      "every key",
      {
        ...WINDOW,
        per: ["sub", "tenants.T2.plan"],
        when: { subscription: { values: "free", matchType: "exact" } },
        tools: ["export_*"],
        prompts: ["report"],
        resources: ["docs://a/*"],
        methods: ["tools/call", "prompts/get", "resources/read", "vendor/run"],
        missing_claim: "deny",
        mode: "log_only",
        on_store_failure: "deny",
      },
    ],
  ])("is accepted with %s", (_what, limit) => {
    expect(faultsOf(limit)).toEqual([]);
  });

  it.each<[string, object, string]>([
    [
      "without a quota",
      {},
      `${PLACE}.limit: required, but missing. Add "limit": 50 and "window": "1m", or "burst" and "per_second".`,
    ],
    [
      "without a window",
      { limit: 5 },
      `${PLACE}.window: required beside "limit", but missing. Add "window": "1m".`,
    ],
    [
      "with both kinds of quota",
      { ...WINDOW, burst: 5 },
      `${PLACE}.burst: a limit has "limit" and "window", or "burst" and "per_second", not both. Remove one.`,
    ],
    [
      "with a limit and a rate",
      { ...WINDOW, per_second: 5 },
      `${PLACE}.burst: a limit has "limit" and "window", or "burst" and "per_second", not both. Remove one.`,
    ],
    [
      "with a burst without a rate",
      { burst: 5 },
      `${PLACE}.per_second: required beside "burst", but missing. Add "per_second": 1.`,
    ],
    [
      "with a burst and a window",
      { burst: 5, window: "1m" },
      `${PLACE}.window: "burst" goes with "per_second". Remove "window".`,
    ],
    [
      "with a bucket that takes months to fill",
      { burst: 1_000_000, per_second: 0.01 },
      `${PLACE}.per_second: a full "burst" would take longer than 31 days to become available. Raise it.`,
    ],
    [
      "with a rate of 0",
      { burst: 5, per_second: 0 },
      `${PLACE}.per_second: expected a number of calls above 0 and up to 1000, got the number 0.`,
    ],
    [
      "with a window of 32 days",
      { limit: 5, window: "32d" },
      `${PLACE}.window: expected a duration from 1s to 31d, such as "1m" or "1d", got "32d".`,
    ],
    [
      "with a window in words",
      { limit: 5, window: "a minute" },
      `${PLACE}.window: expected a duration from 1s to 31d, such as "1m" or "1d", got "a minute".`,
    ],
    [
      "with a window of another kind",
      { limit: 5, window: [] },
      `${PLACE}.window: expected a duration from 1s to 31d, got an empty array.`,
    ],
    [
      "with a negative limit",
      { limit: -1, window: "1m" },
      `${PLACE}.limit: expected a whole number of calls from 0 to 1000000000, got the number -1.`,
    ],
    [
      "with a name that a header can't hold",
      { ...WINDOW, name: 'a"b' },
      `${PLACE}.name: expected a name of letters, digits, "_", "." and "-", at most 64 characters, got "a\\"b".`,
    ],
    [
      "with a claim that the client chooses",
      { ...WINDOW, per: ["nsec.x"] },
      `${PLACE}.per[0]: "nsec.x": clients choose the values in "nsec", so it must not be used for access rules or identity. Use a claim that Descope sets, such as a custom claim or one from a JWT template.`,
    ],
    [
      "with one claim that is not in a list",
      { ...WINDOW, per: "sub" },
      `${PLACE}.per: expected a list of claim names in square brackets, got "sub". Write ["sub"].`,
    ],
    [
      "with a method in another spelling",
      { ...WINDOW, methods: ["Tools/Call"] },
      `${PLACE}.methods[0]: "Tools/Call" is another spelling of "tools/call". Write that.`,
    ],
    [
      "with a method that is no method",
      { ...WINDOW, methods: ["tools call"] },
      `${PLACE}.methods[0]: expected a method name such as "tools/call", got "tools call".`,
    ],
    [
      "with tools that none of its methods names",
      { ...WINDOW, tools: ["a"], methods: ["prompts/get"] },
      `${PLACE}.methods: "tools" is given, but none of these methods names one. Add "tools/call", or remove "tools".`,
    ],
    [
      "with no tools at all",
      { ...WINDOW, tools: [] },
      `${PLACE}.tools: expected at least one of tool names or globs, got an empty array.`,
    ],
    [
      "with a URI that reaches no server",
      { ...WINDOW, resources: ["docs://a/../b"] },
      `${PLACE}.resources[0]: expected a URI or a glob without "." and ".." segments`,
    ],
    [
      "with a mode of another name",
      { ...WINDOW, mode: "log" },
      `${PLACE}.mode: expected "enforce" or "log_only", got "log".`,
    ],
    [
      "in Portkey's form",
      { type: "requests", unit: "rpm", value: 50 },
      `${PLACE}.type: unsupported key. Portkey's {"type": "requests", "unit": "rpm", "value": 50} is {"name": "all", "per": [], "limit": 50, "window": "1m"} here.`,
    ],
  ])("is rejected %s", (_what, limit, message) => {
    expect(faultsOf(limit).join("\n")).toContain(message);
  });

  it("must have a unique name in its file", () => {
    const parsed = parse({ name: "few", ...WINDOW }, { name: "few", ...WINDOW });
    expect(parsed.ok ? [] : parsed.faults).toEqual([
      {
        path: "rate_limits[1].name",
        message: 'another limit has the name "few". Both would apply: give each limit a unique name.',
      },
    ]);
  });

  it("must have a unique name in the gateway", () => {
    const named = (name: string) => {
      const parsed = parse({ name, ...WINDOW });
      return parsed.ok ? parsed.config.rate_limits : undefined;
    };
    expect(rateLimitNameFaults(named("few"), named("few"))).toEqual([
      {
        path: "rate_limits[0].name",
        message:
          'another limit in gateway.json has the name "few". Both would apply: give each limit a unique name.',
      },
    ]);
    expect(rateLimitNameFaults(named("few"), named("many"))).toEqual([]);
    expect(rateLimitNameFaults(undefined, undefined)).toEqual([]);
  });

  it("is rejected if there are more than 20", () => {
    const parsed = parse(...Array.from({ length: 21 }, (_, at) => ({ name: `n${at}`, ...WINDOW })));
    expect(parsed.ok ? [] : parsed.faults.map(({ message }) => message)).toEqual([
      "expected at most 20 limits, got 21.",
    ]);
  });
});

describe("a compiled rate limit", () => {
  it.each<[object, string[]]>([
    [{}, ["tools/call"]],
    [{ tools: ["a"] }, ["tools/call"]],
    [{ prompts: ["a"] }, ["prompts/get"]],
    [{ resources: ["docs://a/b"], tools: ["a"] }, ["tools/call", "resources/read"]],
    [{ methods: ["tools/list"] }, ["tools/list"]],
  ])("with %j counts the methods %j", (keys, methods) => {
    expect([...compiled({ ...WINDOW, ...keys }).methods]).toEqual(methods);
  });

  it.each<[object, object, string]>([
    [WINDOW, { kind: "window", limit: 5, windowSeconds: 60 }, "5 calls in 1m"],
    [{ limit: 1, window: 90 }, { kind: "window", limit: 1, windowSeconds: 90 }, "1 call in 90s"],
    [{ limit: 1, window: "90" }, { kind: "window", limit: 1, windowSeconds: 90 }, "1 call in 90s"],
    [{ limit: 0 }, { kind: "window", limit: 0, windowSeconds: 60 }, "0 calls in 1m"],
    [
      { burst: 4, per_second: 0.5 },
      { kind: "bucket", burst: 4, secondsPerCall: 2 },
      "4 calls at once and 0.5 per second",
    ],
  ])("from %j allows %j", (written, quota, text) => {
    expect(compiled(written)).toMatchObject({ quota, quotaText: text });
  });

  it("shares, enforces and allows by default", () => {
    expect(compiled(WINDOW)).toMatchObject({
      sharesMissing: true,
      enforced: true,
      deniesOnFailure: false,
      per: [],
      scope: "*",
    });
    const other = { missing_claim: "deny", mode: "log_only", on_store_failure: "deny", per: ["sub", "sub"] };
    expect(compiled({ ...WINDOW, ...other })).toMatchObject({
      sharesMissing: false,
      enforced: false,
      deniesOnFailure: true,
      per: ["sub"],
    });
  });

  it("requires the claims by which it counts and applies", () => {
    const limit = compiled({ ...WINDOW, per: ["sub", "dct"], when: { plan: { values: "free" } } });
    expect(rateLimitClaims([limit])).toEqual(["sub", "dct", "plan"]);
  });

  it("is absent if none is configured", () => {
    expect(compileRateLimits(undefined, "*")).toEqual([]);
  });
});
