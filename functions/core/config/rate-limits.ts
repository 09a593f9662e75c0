// `rate_limits`: how many calls callers may make in a period. The schema and the compiled form.

import * as v from "valibot";
import { isMethodName, protocolMethodLike, subjectOfMethod } from "../mcp-methods.ts";
import { compileGlob, namePattern, uriPattern } from "./access-rules.ts";
import { type ClaimRule, claimName, claimRulesSchema, compileClaimRules } from "./claim-rules.ts";
import { type ConfigFault, describeValue, formatPath, quoteText } from "./faults.ts";
import {
  checked,
  checkedText,
  choice,
  closedObject,
  durationSeconds,
  expected,
  filledList,
  list,
  optionalKey,
  requiredKey,
  type ValueFault,
  wholeNumber,
} from "./fields.ts";

const MAX_WINDOW_SECONDS = 31 * 86_400;
const MAX_LIMIT = 1_000_000_000;
const MAX_BURST = 1_000_000;
const MAX_PER_SECOND = 1_000;
const PER_SECOND = `a number of calls above 0 and up to ${MAX_PER_SECOND}`;
/** Each limit that applies to a call costs one DynamoDB write. */
const MAX_LIMITS = 20;

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

const PORTKEY_LIMIT =
  'Portkey\'s {"type": "requests", "unit": "rpm", "value": 50} is {"name": "all", "per": [], "limit": 50, "window": "1m"} here.';
const PORTKEY_LIMIT_KEYS = { type: PORTKEY_LIMIT, unit: PORTKEY_LIMIT, value: PORTKEY_LIMIT };

const limitSchema = closedObject(
  {
    name: requiredKey(
      checkedText("a name", (name) =>
        NAME.test(name)
          ? undefined
          : `expected a name of letters, digits, "_", "." and "-", at most 64 characters, got ${quoteText(name)}.`,
      ),
      {
        description: "Name of the limit in responses, log lines and metrics. Unique in the gateway.",
        examples: ["free"],
      },
    ),
    per: optionalKey(list(claimName(), "claim names"), {
      description:
        "Token claims whose values identify a caller, such as `sub`, `dct` or `azp`: each combination of values has its own counter. `[]` counts all callers together.",
      examples: [["sub"]],
      default: [],
    }),
    when: optionalKey(claimRulesSchema, {
      description: "Claim rules as in `claimValues`. The limit applies to callers that match all of them.",
      examples: [{ subscription: { values: "free", matchType: "exact" } }],
      defaultNote: "every caller",
      default: {},
    }),
    tools: targets(namePattern(), "tool names or globs", "Tools that are counted, by name or glob.", [
      "export_*",
    ]),
    prompts: targets(namePattern(), "prompt names or globs", "Prompts that are counted, by name or glob.", [
      "report_*",
    ]),
    resources: targets(
      uriPattern(),
      "URIs or globs",
      "Resources that are counted, by URI or glob, as in `resource_authorization`.",
      ["docs://private/*"],
    ),
    methods: optionalKey(filledList(checkedText("a method name", methodFault), "method names"), {
      description: "Methods whose messages are counted, by exact name.",
      examples: [["tools/call", "resources/read"]],
      defaultNote:
        "`tools/call`; with `prompts`, `prompts/get`; with `resources`, `resources/read`; all whose lists are given",
    }),
    limit: optionalKey(wholeNumber("calls", 0, MAX_LIMIT), {
      description: "Most calls in one window. `0` blocks the calls.",
      examples: [50],
    }),
    window: optionalKey(
      v.pipe(
        v.union([v.string(), v.number()], expected("a duration from 1s to 31d")),
        v.check(
          (value) => (durationSeconds(value) ?? Number.POSITIVE_INFINITY) <= MAX_WINDOW_SECONDS,
          (issue) =>
            `expected a duration from 1s to 31d, such as "1m" or "1d", got ${describeValue(issue.input)}.`,
        ),
      ),
      {
        description:
          "Length of a fixed window, `1s` to `31d`. Windows start at multiples of this length since 1970-01-01 UTC.",
        examples: ["1m"],
      },
    ),
    burst: optionalKey(wholeNumber("calls", 1, MAX_BURST), {
      description: "In place of `limit` and `window`: calls that may be made at once.",
      examples: [20],
    }),
    per_second: optionalKey(
      v.pipe(
        v.number(expected(PER_SECOND)),
        v.check((value) => value > 0 && value <= MAX_PER_SECOND, expected(PER_SECOND)),
      ),
      {
        description: "With `burst`: calls that become available again each second. Fractions are allowed.",
        examples: [2],
      },
    ),
    missing_claim: optionalKey(choice(["share", "deny"]), {
      description:
        "A caller whose token lacks a claim of `per`: `share` counts all such callers together, in one bucket named `missing`; `deny` denies the call.",
      examples: ["deny"],
      default: "share",
    }),
    mode: optionalKey(choice(["enforce", "log_only"]), {
      description: "`log_only` counts, logs what would be denied, and lets it pass.",
      examples: ["log_only"],
      default: "enforce",
    }),
    on_store_failure: optionalKey(choice(["allow", "deny"]), {
      description:
        "What happens to a call that can't be counted because DynamoDB does not respond in time. Either way it is logged and counted in a metric.",
      examples: ["deny"],
      default: "allow",
    }),
  },
  PORTKEY_LIMIT_KEYS,
);

type WrittenLimit = v.InferOutput<typeof limitSchema>;

export const rateLimitsSchema = v.pipe(
  list(v.pipe(limitSchema, checked(quotaFaults), checked(methodsFaults)), "limits"),
  v.maxLength(MAX_LIMITS, (issue) => `expected at most ${MAX_LIMITS} limits, got ${issue.received}.`),
  checked((limits) =>
    limits.flatMap(({ name }, index) =>
      limits.findIndex((other) => other.name === name) < index
        ? [{ path: [index, "name"], message: takenName(name) }]
        : [],
    ),
  ),
);

/** `rate_limits` as configured. */
export type RateLimits = v.InferOutput<typeof rateLimitsSchema>;

/** How much a limit allows. Times in seconds. */
export type Quota =
  | { kind: "window"; limit: number; windowSeconds: number }
  | { kind: "bucket"; burst: number; secondsPerCall: number };

export type RateLimit = {
  name: string;
  /** `*` for a limit of the gateway, otherwise the server's name; part of the counter's key */
  scope: string;
  per: readonly string[];
  when: readonly ClaimRule[];
  methods: ReadonlySet<string>;
  /** which names of each kind are counted; all names of a kind that is missing */
  covers: Readonly<Partial<Record<"tool" | "prompt" | "resource", (name: string) => boolean>>>;
  quota: Quota;
  /** for messages: `50 calls in 1m` */
  quotaText: string;
  sharesMissing: boolean;
  enforced: boolean;
  deniesOnFailure: boolean;
};

/**
 * Compiles limits that the schema has accepted.
 *
 * @param scope `*` for those of gateway.json, else the server's name
 */
export function compileRateLimits(limits: RateLimits | undefined, scope: string): RateLimit[] {
  return (limits ?? []).map((limit) => ({
    name: limit.name,
    scope,
    per: [...new Set(limit.per)],
    when: compileClaimRules(limit.when),
    methods: new Set(limit.methods ?? defaultMethods(limit)),
    covers: {
      ...(limit.tools && { tool: anyOf(limit.tools) }),
      ...(limit.prompts && { prompt: anyOf(limit.prompts) }),
      ...(limit.resources && { resource: anyOf(limit.resources) }),
    },
    ...compileQuota(limit),
    sharesMissing: limit.missing_claim === "share",
    enforced: limit.mode === "enforce",
    deniesOnFailure: limit.on_store_failure === "deny",
  }));
}

/** The claims that limits read. */
export function rateLimitClaims(limits: readonly RateLimit[]): string[] {
  return limits.flatMap(({ per, when }) => [...per, ...when.map(({ claim }) => claim)]);
}

/** Rejects a server's limit that has the name of a gateway limit: logs, metrics and responses identify limits by name. */
export function rateLimitNameFaults(gateway: RateLimits = [], server: RateLimits = []): ConfigFault[] {
  const taken = new Set(gateway.map(({ name }) => name));
  return server.flatMap(({ name }, index) =>
    taken.has(name)
      ? [{ path: formatPath(["rate_limits", index, "name"]), message: takenName(name, " in gateway.json") }]
      : [],
  );
}

function takenName(name: string, where = ""): string {
  return `another limit${where} has the name ${quoteText(name)}. Both would apply: give each limit a unique name.`;
}

function targets<Item extends v.BaseSchema<unknown, string, v.BaseIssue<unknown>>>(
  item: Item,
  what: string,
  description: string,
  example: readonly string[],
) {
  return optionalKey(filledList(item, what), { description, examples: [example], defaultNote: "all" });
}

function anyOf(patterns: readonly string[]): (name: string) => boolean {
  const tests = patterns.map(compileGlob);
  return (name) => tests.some((test) => test(name));
}

function defaultMethods({ tools, prompts, resources }: WrittenLimit): string[] {
  const named = [
    ...(tools ? ["tools/call"] : []),
    ...(prompts ? ["prompts/get"] : []),
    ...(resources ? ["resources/read"] : []),
  ];
  return named.length === 0 ? ["tools/call"] : named;
}

function compileQuota({
  limit,
  window = "1m",
  burst,
  per_second,
}: WrittenLimit): Pick<RateLimit, "quota" | "quotaText"> {
  if (burst !== undefined) {
    const quota = { kind: "bucket", burst, secondsPerCall: 1 / (per_second as number) } as const;
    return { quota, quotaText: `${calls(burst)} at once and ${per_second} per second` };
  }
  const windowSeconds = durationSeconds(window) as number;
  const text = typeof window === "number" || /^\d+$/.test(window) ? `${window}s` : window;
  return {
    quota: { kind: "window", limit: limit as number, windowSeconds },
    quotaText: `${calls(limit as number)} in ${text}`,
  };
}

function calls(count: number): string {
  return count === 1 ? "1 call" : `${count} calls`;
}

function quotaFaults({ limit, window, burst, per_second }: WrittenLimit): ValueFault[] {
  const fault = (key: string, message: string) => [{ path: [key] as const, message }];
  if (limit === undefined && burst === undefined)
    return fault(
      "limit",
      'required, but missing. Add "limit": 50 and "window": "1m", or "burst" and "per_second".',
    );
  if (limit !== undefined && (burst !== undefined || per_second !== undefined))
    return fault(
      "burst",
      'a limit has "limit" and "window", or "burst" and "per_second", not both. Remove one.',
    );
  if (burst === undefined) {
    // A limit of 0 needs no window.
    return window === undefined && limit !== 0
      ? fault("window", 'required beside "limit", but missing. Add "window": "1m".')
      : [];
  }
  if (window !== undefined) return fault("window", '"burst" goes with "per_second". Remove "window".');
  if (per_second === undefined)
    return fault("per_second", 'required beside "burst", but missing. Add "per_second": 1.');
  return burst / per_second <= MAX_WINDOW_SECONDS
    ? []
    : fault("per_second", 'a full "burst" would take longer than 31 days to become available. Raise it.');
}

function methodFault(method: string): string | undefined {
  if (!isMethodName(method)) {
    return `expected a method name such as "tools/call", got ${quoteText(method)}.`;
  }
  const known = protocolMethodLike(method) ?? method;
  return known === method
    ? undefined
    : `${quoteText(method)} is another spelling of ${quoteText(known)}. Write that.`;
}

/** Rejects name lists that none of the methods can match: the limit would never apply. */
function methodsFaults({ methods, ...limit }: WrittenLimit): ValueFault[] {
  if (methods === undefined) return [];
  const subjects = new Set<string>(methods.map((method) => subjectOfMethod(method)));
  const names = [
    ["tools", "tools/call", ["tool"]],
    ["prompts", "prompts/get", ["prompt", "reference"]],
    ["resources", "resources/read", ["resource", "reference", "subscriptions"]],
  ] as const;
  return names.flatMap(([key, method, naming]) =>
    limit[key] !== undefined && !naming.some((subject) => subjects.has(subject))
      ? [
          {
            path: ["methods"] as const,
            message: `"${key}" is given, but none of these methods names one. Add "${method}", or remove "${key}".`,
          },
        ]
      : [],
  );
}
