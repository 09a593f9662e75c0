// The combined endpoint gives no way to what a member denies: each request that `/{server}/mcp` denies gets the same denial at `/mcp`, and
// nothing of it reaches a server.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type CombinedStand, denial, startCombinedStand, type User } from "../support/combined-stand.ts";
import {
  atCombined,
  CONTRADICTIONS,
  DENIED_BY_RULES,
  DENIED_BY_SCOPES,
  type Era,
  inEra,
  REQUESTS,
  UNKNOWN_AT_COMBINED,
} from "../support/combined-ways.ts";
import { jsonOf, type McpRequest, PING, toolCall } from "../support/mcp-request.ts";
import { messageOf } from "../support/recorder-server.ts";

const ERAS: Era[] = ["2025-11-25", "2026-07-28"];
const VERSION = ["MCP-Protocol-Version", "2025-11-25"];
const UNKNOWN = [200, "unknown_name"];
const ROOTS_CHANGED = "notifications/roots/list_changed";
/** `ruled`, `sealed`, `limited` and `plain`. */
const LOG_LEVELS = Array(4).fill("logging/setLevel");

const IN_BATCH = [400, null, -32600, "batch_not_supported", undefined];

let stand: CombinedStand;

beforeAll(async () => {
  stand = await startCombinedStand();
});
afterAll(() => stand?.close());
beforeEach(() => stand.reset());

async function expectSameDenial(member: string, request: McpRequest, sessions?: Map<string, string>) {
  const sent = (server: string, { headers = [], ...rest }: McpRequest): McpRequest => {
    const session = sessions?.get(server);
    return { ...rest, headers: [...headers, ...(session === undefined ? [] : ["Mcp-Session-Id", session])] };
  };
  const own = await stand.send(member, sent(member, request));
  expect(jsonOf(own)).toHaveProperty("error");
  const combined = await stand.send("", sent("", atCombined(request, member)));
  // The combined endpoint takes no batches, which a member may.
  const isBatch = own.status === 200 && jsonOf(own).id === null && String(request.body).startsWith("[");
  expect(denial(combined)).toEqual(isBatch ? IN_BATCH : denial(own));
  expect(stand.reached()).toEqual([]);
}

describe("what a member's rules deny", () => {
  it("has at least 100 test cases", () => expect(DENIED_BY_RULES.length).toBeGreaterThanOrEqual(100));

  it.each(DENIED_BY_RULES)("is denied alike at the combined endpoint: $name", ({ member, request }) =>
    expectSameDenial(member, request),
  );

  describe("in a session", () => {
    const sessions = new Map<string, string>();
    beforeAll(async () => {
      for (const server of ["", "ruled", "sealed"]) sessions.set(server, await stand.session(server));
    });

    it.each(DENIED_BY_RULES.filter(({ name }) => !name.endsWith("in the era without sessions")))(
      "is denied alike at the combined endpoint: $name",
      ({ member, request }) => expectSameDenial(member, request, sessions),
    );
  });

  it.each(DENIED_BY_SCOPES)("is denied alike at the combined endpoint: $name", ({ member, request }) =>
    expectSameDenial(member, request),
  );

  it("is no part of a subscription that also names what another member allows", async () => {
    const resourceSubscriptions = ["file://plain//public/a", "file://ruled//private/a"];
    const body = {
      ...PING,
      method: "subscriptions/listen",
      params: { notifications: { resourceSubscriptions } },
    };
    const response = await stand.send("", inEra({ body }, "2026-07-28"));
    expect(response.body).not.toContain("private");
    expect(stand.recorder.requests.map((request) => messageOf(request).params)).toMatchObject([
      { notifications: { resourceSubscriptions: ["file:///public/a"] } },
    ]);
  });

  it.each(UNKNOWN_AT_COMBINED)("is not found by another spelling of the member: %s", (_name, request) =>
    stand.expectDenied(UNKNOWN, request),
  );

  it.each(CONTRADICTIONS)("is not found by headers that name %s", (_name, headers, body) =>
    stand.expectDenied([400, "header_mismatch"], { headers, body }),
  );
});

describe("what the rules of an only member without a prefix deny", () => {
  let sole: CombinedStand;
  beforeAll(async () => {
    sole = await startCombinedStand({ servers: ["ruled"], separator: "" });
  });
  afterAll(() => sole?.close());
  beforeEach(() => sole.reset());

  it.each([...DENIED_BY_RULES, ...DENIED_BY_SCOPES].filter(({ member }) => member === "ruled"))(
    "is denied alike at the combined endpoint: $name",
    async ({ request }) => {
      const own = denial(await sole.send("ruled", request));
      const combined = denial(await sole.send("", request));
      expect([own, IN_BATCH]).toContainEqual(combined);
      expect(own[2]).toBeDefined();
      expect(sole.reached()).toEqual([]);
    },
  );
});

describe("a member that denies the caller", () => {
  const ABSENT: [string, string, User, unknown[]][] = [
    ["by its token rules", "strict", "free", [403, "claim_mismatch"]],
    ["by its blocked users", "banned", "free", [403, "blocked"]],
    ["because it is disabled", "closed", "pro", [404, "unknown_server"]],
  ];

  describe.each(ABSENT)("%s", (_why, member, user, own) => {
    it.each(REQUESTS)("has nothing of that name at the combined endpoint: %s", async (_name, request) => {
      const response = await stand.send(member, request, user);
      expect([response.status, jsonOf(response).error.data.reason]).toEqual(own);
      for (const era of ERAS)
        await stand.expectDenied(UNKNOWN, inEra(atCombined(request, member), era), user);
    });

    it.each(ERAS)("is in no list and not said to be unavailable: %s", async (era) => {
      for (const method of ["tools/list", "prompts/list", "resources/list", "resources/templates/list"]) {
        const response = await stand.send("", inEra({ body: { ...PING, method, params: {} } }, era), user);
        expect(response.status).toBe(200);
        expect(response.body).not.toContain(member);
      }
    });
  });

  // `strict`, `banned` and `tenanted` deny this caller.
  it.each<[string, McpRequest, string[]]>([
    ["a request", { body: { ...PING, method: "logging/setLevel", params: { level: "info" } } }, LOG_LEVELS],
    ["a notification", { body: { jsonrpc: "2.0", method: ROOTS_CHANGED } }, Array(4).fill(ROOTS_CHANGED)],
    ["a stream", { method: "GET", headers: ["Accept", "text/event-stream"], body: null }, ["GET", "GET"]],
  ])("receives nothing of what is for all members: %s", async (_name, request, expected) => {
    await stand.send("", { ...request, headers: [...VERSION, ...(request.headers ?? [])] });
    expect(stand.reached()).toEqual(expected);
  });

  it.each(REQUESTS)("because it needs a tenant gives the same denial: %s", async (_name, request) => {
    for (const era of ERAS) await expectSameDenial("tenanted", inEra(request, era));
  });
});

describe("a token that the gateway denies", () => {
  it.each<[User, number]>([
    ["blocked", 403],
    ["expired", 401],
    ["of another audience", 401],
    ["unsigned", 401],
  ])("is denied at the combined endpoint too: %s", async (user, status) => {
    for (const server of ["plain", ""]) {
      for (const body of [toolCall("plain__open"), { ...PING, method: "tools/list" }])
        expect((await stand.send(server, { body }, user)).status).toBe(status);
    }
    expect(stand.reached()).toEqual([]);
  });

  it("is also denied if it is missing", async () => {
    for (const server of ["plain", ""]) expect((await stand.send(server, {}, "none")).status).toBe(401);
    expect(stand.reached()).toEqual([]);
  });
});

describe("the form of a request", () => {
  it.each<[string, McpRequest]>([
    ["another origin", { headers: ["Origin", "https://evil.example.com"] }],
    ["another media type", { headers: ["Content-Type", "text/plain"] }],
    ["a compressed body", { headers: ["Content-Encoding", "gzip"] }],
    ["no accepted media type", { headers: ["Accept", "text/html"] }],
    ["no JSON", { body: "{" }],
    ["no message", { body: {} }],
    ["a body that is nested too deeply", { body: `${'{"a":'.repeat(99)}1${"}".repeat(99)}` }],
    ["a body that is too large", { body: { ...toolCall("plain__open"), x: "x".repeat(5_000_000) } }],
    ["a batch of a newer revision", { headers: VERSION, body: [PING] }],
  ])("is denied alike at the combined endpoint: %s", async (_name, request) => {
    const own = await stand.send("plain", request);
    expect(jsonOf(own)).toHaveProperty("error");
    expect(denial(await stand.send("", request))).toEqual(denial(own));
    expect(stand.reached()).toEqual([]);
  });
});

describe("a rate limit of a member", () => {
  it.each<[string, string, string, User]>([
    ["at its own URL after a call at the combined endpoint", "", "limited", "first"],
    ["at the combined endpoint after a call at its own URL", "limited", "", "second"],
  ])("denies a second call %s", async (_name, first, second, user) => {
    const request = (server: string): McpRequest => ({
      body: toolCall(server === "" ? "limited__export_csv" : "export_csv"),
    });
    expect((await stand.send(first, request(first), user)).status).toBe(200);
    const denied = await stand.send(second, request(second), user);
    expect(denial(denied)).toEqual([429, 1, 429, "rate_limited", undefined]);
    expect(stand.reached()).toEqual(["tools/call"]);
  });
});

describe("the lists of the combined endpoint", () => {
  const LISTS = [
    ["tools/list", "tools", "name"],
    ["prompts/list", "prompts", "name"],
    ["resources/list", "resources", "uri"],
    ["resources/templates/list", "resourceTemplates", "uriTemplate"],
  ] as const;

  it.each(
    (["free", "pro", "other"] as const).flatMap((user) =>
      ERAS.flatMap((era) => LISTS.map((list) => [user, era, ...list] as const)),
    ),
  )("have for %s in %s what the members' own lists have: %s", async (user, era, method, key, nameKey) => {
    const listed = async (server: string): Promise<string[]> => {
      const response = await stand.send(server, inEra({ body: { ...PING, method, params: {} } }, era), user);
      const entries = jsonOf(response).result?.[key] ?? [];
      return entries.map((entry: Record<string, string>) => entry[nameKey]);
    };
    const expected: string[] = [];
    for (const member of ["ruled", "sealed", "strict", "banned", "limited", "plain"]) {
      const uri = (name: string) => name.replace("file://", `file://${member}/`);
      const own = await listed(member);
      expected.push(...own.map((name) => (nameKey === "name" ? `${member}__${name}` : uri(name))));
    }
    // The endpoint follows several pages, which are all alike here.
    expect([...new Set(await listed(""))]).toEqual(expected);
  });
});
