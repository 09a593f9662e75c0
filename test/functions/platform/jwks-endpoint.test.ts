// The JWKS cache against a real endpoint on loopback: rotation, flood, outage, and responses that are not key sets. Time is the test's.
import type { RequestListener } from "node:http";
import type { CryptoKey } from "jose";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createJwksCache, type JwksCache } from "../../../functions/platform/jwks.ts";
import { createKeyResolver } from "../../../functions/platform/resolve-key.ts";
import { closedPort, type LoopbackServer, startHttp } from "../../support/loopback-server.ts";
import { recordLog } from "../../support/recorded-log.ts";
import { tokenRules } from "../../support/rules.ts";
import { makeKey, type TestKey } from "../../support/tokens.ts";

const DAY_MS = 86_400_000;
let first: TestKey;
let second: TestKey;
let endpoint: LoopbackServer;
let requests: number;
let respond: RequestListener;
let clock: number;
let cache: JwksCache;
let log: ReturnType<typeof recordLog>;

beforeAll(async () => {
  [first, second] = await Promise.all([makeKey(), makeKey()]);
});
beforeEach(async () => {
  requests = 0;
  clock = 1_000_000;
  log = recordLog();
  publish(first);
  endpoint = await startHttp((request, response) => {
    requests += 1;
    respond(request, response);
  });
  cache = createJwksCache(log, { now: () => clock });
});
afterEach(() => endpoint.close());

function publish(...keys: TestKey[]): void {
  respond = (_request, response) => {
    response.end(JSON.stringify({ keys: keys.map(({ publicJwk }) => publicJwk) }));
  };
}

async function outcome(kid: string, maxAgeMs = DAY_MS): Promise<string> {
  const found = await cache.lookup(endpoint.url, kid, "RS256", maxAgeMs);
  return found.ok ? "key" : found.denial.reason;
}

/** Makes the cache fetch in the background, and waits until it has. */
async function backgroundFetch(kid: string): Promise<void> {
  const before = requests;
  await outcome(kid);
  while (requests === before) await new Promise((resolve) => setImmediate(resolve));
  await outcome("no such key");
}

describe("a key rotation", () => {
  it("accepts new tokens after one fetch, and old tokens while their key is published", async () => {
    expect(await outcome(first.kid)).toBe("key");
    publish(first, second);
    expect([await outcome(second.kid), await outcome(first.kid)]).toEqual(["key", "key"]);
    expect(requests).toBe(2);
  });

  it("that revokes the old key denies its tokens from the first new token on", async () => {
    await outcome(first.kid);
    publish(second);
    expect([await outcome(second.kid), await outcome(first.kid)]).toEqual(["key", "key_unknown"]);
    expect(requests).toBe(2);
  });

  it("that revokes the old key denies its tokens after five minutes without any new token", async () => {
    await outcome(first.kid);
    publish(second);
    clock += 5 * 60_000 - 1;
    await backgroundFetch(first.kid);
    clock += 1;
    expect(await outcome(first.kid)).toBe("key_unknown");
  });

  it("delays requests if the cached keys are older than five minutes", async () => {
    await outcome(first.kid);
    publish(second);
    clock += 5 * 60_000;
    expect(await outcome(first.kid)).toBe("key_unknown");
    expect(requests).toBe(2);
  });
});

describe("keys that were fetched before a token needs them", () => {
  it("are used without another fetch", async () => {
    await cache.fetch([endpoint.url], "RS256");
    expect(await outcome(first.kid)).toBe("key");
    expect(requests).toBe(1);
  });

  it("may be none, or none of the algorithm", async () => {
    await cache.fetch([endpoint.url], "ES256");
    respond = (_request, response) => response.end('{"keys":[]}');
    clock += 5 * 60_000;
    await cache.fetch([endpoint.url], "RS256");
    expect(await outcome(first.kid)).toBe("key_unknown");
  });

  it("are fetched again for a token if their endpoint failed", async () => {
    respond = (_request, response) => response.writeHead(500).end();
    await cache.fetch([endpoint.url], "RS256");
    publish(first);
    clock += 5_000;
    expect(await outcome(first.kid)).toBe("key");
  });
});

describe("a flood of unknown kids", () => {
  it("causes one fetch in 30 seconds", async () => {
    await outcome(first.kid);
    for (let second = 0; second < 30; second += 1) {
      await Promise.all(Array.from({ length: 20 }, (_, n) => outcome(`unknown ${second} ${n}`)));
      clock += 1_000;
    }
    expect(requests).toBe(1 + 1);
    await outcome("unknown");
    expect(requests).toBe(1 + 2);
  });

  it("causes a single fetch if the environment starts with it", async () => {
    expect(await Promise.all(Array.from({ length: 100 }, (_, n) => outcome(`unknown ${n}`)))).toEqual(
      Array.from({ length: 100 }, () => "key_unknown"),
    );
    await outcome("unknown");
    clock += 29_999;
    await outcome("unknown");
    expect(requests).toBe(1);
  });

  it("does not count a start with a valid token: a rotation right after it is fetched at once", async () => {
    await outcome(first.kid);
    publish(second);
    expect(await outcome(second.kid)).toBe("key");
  });

  it("does not delay tokens of a new key for longer than that", async () => {
    await outcome(first.kid);
    await outcome("unknown");
    publish(second);
    clock += 29_999;
    expect(await outcome(second.kid)).toBe("key_unknown");
    clock += 1;
    expect(await outcome(second.kid)).toBe("key");
  });
});

describe("cacheMaxAge", () => {
  it("of 0 causes one fetch in 30 seconds, not one for each token", async () => {
    for (let n = 0; n < 100; n += 1) expect(await outcome(first.kid, 0)).toBe("key");
    expect(requests).toBe(1);
    clock += 30_000;
    for (let n = 0; n < 100; n += 1) await outcome(first.kid, 0);
    expect(requests).toBe(2);
  });

  it("of a minute is applied", async () => {
    await outcome(first.kid, 60_000);
    clock += 59_999;
    await outcome(first.kid, 60_000);
    expect(requests).toBe(1);
    clock += 1;
    await outcome(first.kid, 60_000);
    expect(requests).toBe(2);
  });

  it("of a day causes a refresh in the background after four minutes", async () => {
    await outcome(first.kid);
    clock += 4 * 60_000 - 1;
    await outcome(first.kid);
    expect(requests).toBe(1);
    clock += 1;
    await backgroundFetch(first.kid);
    expect(requests).toBe(2);
  });
});

const BROKEN: [string, RequestListener][] = [
  ["an error", (_request, response) => response.writeHead(500).end("{}")],
  ["a redirect", (_request, response) => response.writeHead(302, { location: "/elsewhere" }).end()],
  ["a page", (_request, response) => response.end("<html>")],
  ["no key set", (_request, response) => response.end('{"keys":{}}')],
  ["more than 256 KiB", (_request, response) => response.end(`{"keys":[],"x":"${"x".repeat(256 * 1024)}"}`)],
  ["a broken connection", (_request, response) => response.socket?.destroy()],
];

describe("a JWKS endpoint that responds with", () => {
  it.each(BROKEN)("%s is treated as unavailable", async (_name, broken) => {
    respond = broken;
    expect(await outcome(first.kid)).toBe("keys_unavailable");
    expect(requests).toBe(1);
  });

  it.each(BROKEN)("%s leaves the last known keys in use for an hour", async (_name, broken) => {
    await outcome(first.kid);
    respond = broken;
    clock += 59 * 60_000;
    expect(await outcome(first.kid)).toBe("key");
    clock += 60_000;
    expect(await outcome(first.kid)).toBe("key");
    clock += 5_000;
    expect(await outcome(first.kid)).toBe("keys_unavailable");
    publish(first);
    clock += 5_000;
    expect(await outcome(first.kid)).toBe("key");
  });
});

describe("a JWKS endpoint that fails", () => {
  it("is retried after five seconds at the earliest", async () => {
    respond = (_request, response) => response.writeHead(500).end();
    await outcome(first.kid);
    clock += 4_999;
    await outcome(first.kid);
    expect(requests).toBe(1);
    clock += 1;
    await outcome(first.kid);
    expect(requests).toBe(2);
  });

  it("is retried after its Retry-After, within a minute", async () => {
    respond = (_request, response) => response.writeHead(429, { "retry-after": "20" }).end();
    await outcome(first.kid);
    clock += 19_999;
    await outcome(first.kid);
    expect(requests).toBe(1);
    respond = (_request, response) => response.writeHead(429, { "retry-after": "3600" }).end();
    clock += 1;
    await outcome(first.kid);
    expect(requests).toBe(2);
    clock += 60_000;
    await outcome(first.kid);
    expect(requests).toBe(3);
  });

  it("is not followed if it redirects", async () => {
    const elsewhere = await startHttp((_request, response) =>
      response.end(JSON.stringify({ keys: [first.publicJwk] })),
    );
    respond = (_request, response) => response.writeHead(307, { location: elsewhere.url }).end();
    expect(await outcome(first.kid)).toBe("keys_unavailable");
    expect(elsewhere.connections()).toBe(0);
    await elsewhere.close();
  });

  it("does not delay a token with a known key until the keys are five minutes old", async () => {
    await outcome(first.kid);
    respond = () => {};
    clock += 5 * 60_000 - 1;
    expect(await outcome(first.kid)).toBe("key");
  });
});

it("times out after five seconds if a JWKS endpoint sends one byte at a time", async () => {
  respond = (_request, response) => {
    response.writeHead(200);
    const drip = setInterval(() => response.write(" "), 500);
    response.on("close", () => clearInterval(drip));
  };
  expect(await outcome(first.kid)).toBe("keys_unavailable");
  expect(log.lines.map(({ fields }) => fields["cause"])).toEqual(["no complete response within 5000 ms"]);
});

it.each([
  ["does not respond", () => endpoint.close(), /^JWKS could not be fetched: refused: nothing accepts/],
  [
    "returns a page",
    () => {
      respond = (_request, response) => response.end('"page"');
    },
    /^JWKS is invalid$/,
  ],
] as const)("a denial while a JWKS endpoint %s has that cause", async (_name, fail, cause) => {
  await fail();
  const found = await cache.lookup(endpoint.url, first.kid, "RS256", DAY_MS);
  expect(found).toMatchObject({
    denial: { reason: "keys_unavailable", cause: { message: expect.stringMatching(cause) } },
  });
});

it("parses a key set that starts with a byte order mark", async () => {
  respond = (_request, response) => {
    response.end(`\uFEFF${JSON.stringify({ keys: [first.publicJwk] })}`);
  };
  expect(await outcome(first.kid)).toBe("key");
});

it("rejects a key set that is not UTF-8", async () => {
  respond = (_request, response) => {
    const text = JSON.stringify({ keys: [first.publicJwk], issuer: "\xe9" });
    response.end(Buffer.from(text, "latin1"));
  };
  expect(await outcome(first.kid)).toBe("keys_unavailable");
});

describe("several key sources", () => {
  let other: LoopbackServer;
  beforeEach(async () => {
    other = await startHttp((_request, response) =>
      response.end(JSON.stringify({ keys: [second.publicJwk] })),
    );
  });
  afterEach(() => other.close());

  const find = async (kid: string, urls: string[]) => {
    const rules = tokenRules({ keySource: { type: "jwks_uri", urls } });
    const found = await createKeyResolver(cache)(kid, "RS256", rules);
    return found.ok ? "key" : found.denial.reason;
  };

  it("of one block are all fetched", async () => {
    const urls = [endpoint.url, other.url];
    expect([await find(first.kid, urls), await find(second.kid, urls)]).toEqual(["key", "key"]);
    expect(await find("unknown", urls)).toBe("key_unknown");
  });

  it("of different blocks are separate: a kid of issuer B is unknown under the rules of issuer A", async () => {
    expect(await find(second.kid, [other.url])).toBe("key");
    expect(await find(second.kid, [endpoint.url])).toBe("key_unknown");
    expect(await find(first.kid, [other.url])).toBe("key_unknown");
  });

  it("of different blocks are separate for a kid that both use", async () => {
    const impostor = await makeKey("RS256", first.kid);
    const b = await startHttp((_request, response) =>
      response.end(JSON.stringify({ keys: [impostor.publicJwk] })),
    );
    const [fromA, fromB] = await Promise.all(
      [endpoint.url, b.url].map((url) => cache.lookup(url, first.kid, "RS256", DAY_MS)),
    );
    const modulus = async (found: typeof fromA) =>
      found?.ok ? (await crypto.subtle.exportKey("jwk", found.key as CryptoKey)).n : undefined;
    expect([await modulus(fromA), await modulus(fromB)]).toEqual([first.publicJwk.n, impostor.publicJwk.n]);
    await b.close();
  });

  it("are used while one of them is unavailable, and report keys that it may contain as unavailable", async () => {
    const down = `http://127.0.0.1:${await closedPort()}/jwks`;
    expect(await find(first.kid, [down, endpoint.url])).toBe("key");
    expect(await find("unknown", [endpoint.url, down])).toBe("keys_unavailable");
    expect(await find("unknown", [down, endpoint.url])).toBe("keys_unavailable");
  });
});
