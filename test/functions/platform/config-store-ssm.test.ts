// The configuration store with the real calls against the Parameter Store double: throttled, down, refilled with wrong versions.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openConfigStore } from "../../../functions/platform/config-store.ts";
import type { MetricName } from "../../../functions/platform/metrics.ts";
import { createParameterReader } from "../../../functions/platform/parameter-store.ts";
import { type JsonService, ServiceError } from "../../../local/ssm/json-service.ts";
import { ParameterStore } from "../../../local/ssm/parameter-store.ts";
import { startSsm } from "../../../local/ssm/ssm-service.ts";
import { configParameters } from "../../support/gateway-config.ts";
import { loopbackSsm } from "../../support/loopback-ssm.ts";
import { recordLog } from "../../support/recorded-log.ts";

const PREFIX = "/mcp-gateway/test";
let parameters: ParameterStore;
let ssm: JsonService;

beforeEach(async () => {
  parameters = new ParameterStore();
  for (const { name, text } of configParameters()) parameters.put(`${PREFIX}/${name}`, text);
  ssm = await startSsm(parameters);
});
afterEach(async () => {
  await ssm.close();
});

/** One environment of a function; time is the test's. */
function coldStart(maxAttempts = 5, clock = { ms: 0 }) {
  const log = recordLog();
  const counted: [MetricName, number][] = [];
  const store = openConfigStore({
    read: createParameterReader(loopbackSsm(ssm.url, { maxAttempts }), PREFIX),
    log,
    metrics: { count: (name, value) => counted.push([name, value]) },
    now: () => clock.ms,
    random: () => 0.5,
  });
  return { store, log, counted, clock };
}

const reads = () => ssm.requests.get("GetParametersByPath") ?? 0;
const throttled = () => {
  throw new ServiceError("ThrottlingException", "Rate exceeded");
};

describe("if SSM throttles at startup, the configuration store", () => {
  it("serves twenty environments that start together, although SSM throttles their first 30 calls", async () => {
    let calls = 0;
    ssm.intercept = () => {
      calls += 1;
      if (calls <= 30) throttled();
    };
    const environments = Array.from({ length: 20 }, () => coldStart());
    const snapshots = await Promise.all(environments.map(({ store }) => store.current()));
    expect(snapshots.map(({ servers }) => [...servers.keys()])).toEqual(
      Array.from({ length: 20 }, () => ["closed", "tools"]),
    );
    expect(environments.flatMap(({ log, counted }) => [...log.lines, ...counted])).toEqual([]);
  });

  it("throws after the startup timeout with the cause, and retries later", async () => {
    ssm.intercept = throttled;
    const { store, log, counted, clock } = coldStart(2);
    await expect(store.current()).rejects.toMatchObject({ name: "ConfigurationUnavailable" });
    expect(reads()).toBeGreaterThan(1);
    expect(counted).toEqual([["ConfigReadFailed", 1]]);
    expect(log.lines).toEqual([
      {
        level: "error",
        message: "configuration could not be read",
        fields: {
          cause: {
            name: "ThrottlingException",
            message: "Rate exceeded",
          },
        },
      },
    ]);

    const before = reads();
    await expect(store.current()).rejects.toMatchObject({ name: "ConfigurationUnavailable" });
    expect(reads()).toBe(before);

    ssm.intercept = undefined;
    clock.ms += 2_500;
    expect([...(await store.current()).servers.keys()]).toEqual(["closed", "tools"]);
  });

  it("does not retry if a permission is missing", async () => {
    ssm.intercept = () => {
      throw new ServiceError("AccessDeniedException", "not authorized to perform: ssm:GetParametersByPath");
    };
    const { store, log } = coldStart();
    await expect(store.current()).rejects.toMatchObject({ name: "ConfigurationUnavailable" });
    expect(reads()).toBe(1);
    expect(log.lines[0]?.fields).toEqual({
      cause: {
        name: "AccessDeniedException",
        message: "not authorized to perform: ssm:GetParametersByPath",
      },
    });
  });

  it("shares one read among all waiting requests", async () => {
    const { store } = coldStart();
    await Promise.all(Array.from({ length: 50 }, () => store.current()));
    expect(reads()).toBe(1);
  });
});

describe("if SSM fails after startup, the configuration store", () => {
  it("keeps the last valid configuration, and loads the new one when SSM is available again", async () => {
    const { store, counted, clock } = coldStart(1);
    await store.current();
    parameters.put(`${PREFIX}/servers/new`, JSON.stringify({ url: "https://new.example.com/mcp" }));
    ssm.intercept = throttled;
    clock.ms += 6 * 60_000;
    expect([...(await store.current()).servers.keys()]).toEqual(["closed", "tools"]);
    expect(counted).toEqual([["ConfigReadFailed", 1]]);

    ssm.intercept = undefined;
    clock.ms += 6 * 60_000;
    expect([...(await store.current()).servers.keys()]).toEqual(["closed", "new", "tools"]);
  });
});

describe("in an environment that was frozen for longer than 75 seconds, the configuration store", () => {
  it("reads before the next request, so that an entry of blocked applies to it", async () => {
    const { store, clock } = coldStart();
    await store.current();
    const blocked = [{ claim: "sub", values: ["U2mallory"] }];
    for (const { name, text } of configParameters({ gateway: { blocked } }))
      parameters.put(`${PREFIX}/${name}`, text);
    clock.ms += 75_000;
    expect((await store.current()).gatewayBlocked).toHaveLength(1);
  });

  it("uses the last valid configuration if Parameter Store does not respond in time, without waiting twice", async () => {
    const { store, clock } = coldStart();
    await store.current();
    ssm.intercept = () => new Promise(() => {});
    clock.ms += 75_000;
    expect([...(await store.current()).servers.keys()]).toEqual(["closed", "tools"]);
    const before = reads();
    expect([...(await store.current()).servers.keys()]).toEqual(["closed", "tools"]);
    expect(reads()).toBe(before);
  });
});

describe("a parameter that became invalid", () => {
  const wrong = JSON.stringify({ url: "ftp://tools.example.com" });
  async function reread({ store, clock }: ReturnType<typeof coldStart>) {
    clock.ms += 6 * 60_000;
    return store.current();
  }

  it("keeps its last valid version, is logged once with name, version and error, and is counted at each read", async () => {
    const environment = coldStart();
    await environment.store.current();
    parameters.put(`${PREFIX}/servers/tools`, wrong);
    const snapshots = [await reread(environment), await reread(environment), await reread(environment)];
    expect(snapshots.map(({ servers }) => servers.get("tools")?.url)).toEqual([
      "https://tools.example.com/mcp",
      "https://tools.example.com/mcp",
      "https://tools.example.com/mcp",
    ]);
    expect(environment.counted).toEqual([
      ["ConfigParametersRefused", 1],
      ["ConfigParametersRefused", 1],
      ["ConfigParametersRefused", 1],
    ]);
    expect(environment.log.lines).toEqual([
      {
        level: "error",
        message: "invalid configuration parameter; its last valid version stays in use",
        fields: {
          name: "servers/tools",
          version: 2,
          faults: [{ path: "url", message: expect.stringContaining("https") }],
        },
      },
    ]);
  });

  it("is logged again for another version, without repeating other parameters", async () => {
    const environment = coldStart();
    await environment.store.current();
    parameters.put(`${PREFIX}/servers/tools`, wrong);
    await reread(environment);
    parameters.put(`${PREFIX}/servers/closed`, wrong);
    await reread(environment);
    parameters.put(`${PREFIX}/servers/tools`, wrong);
    await reread(environment);
    expect(environment.log.lines.map(({ fields }) => [fields["name"], fields["version"]])).toEqual([
      ["servers/tools", 2],
      ["servers/closed", 2],
      ["servers/tools", 3],
    ]);
  });

  it("makes its server unavailable if it has no valid version, and the other servers are served", async () => {
    parameters.put(`${PREFIX}/servers/tools`, wrong);
    const snapshot = await coldStart().store.current();
    expect([...snapshot.servers.keys()]).toEqual(["closed"]);
    expect([...snapshot.invalidServers]).toEqual(["tools"]);
  });

  it("leaves no configuration at startup if it is the gateway's", async () => {
    parameters.put(`${PREFIX}/gateway`, "{");
    const { store, counted } = coldStart();
    await expect(store.current()).rejects.toMatchObject({ name: "ConfigurationUnavailable" });
    expect(counted).toEqual([["ConfigParametersRefused", 1]]);
  });
});

describe("configuration refreshes", () => {
  it("without changes keep every object, so that caches by object stay valid", async () => {
    const { store, clock } = coldStart();
    const before = await store.current();
    clock.ms += 6 * 60_000;
    expect(await store.current()).toBe(before);
    expect(reads()).toBe(2);

    parameters.put(`${PREFIX}/servers/tools`, JSON.stringify({ url: "https://moved.example.com/mcp" }));
    clock.ms += 6 * 60_000;
    const after = await store.current();
    expect(after).not.toBe(before);
    expect(after.servers.get("tools")?.url).toBe("https://moved.example.com/mcp");
  });

  it("do not delay requests: the old configuration is used while the new one is read", async () => {
    const environment = coldStart();
    await environment.store.current();
    let release = () => {};
    ssm.intercept = () =>
      new Promise((resolve) => {
        release = resolve;
      });
    environment.clock.ms += 74_999;
    expect((await environment.store.current()).servers.size).toBe(2);
    release();
  });

  it("do not happen early, however many servers are requested", async () => {
    const { store, clock } = coldStart();
    for (let second = 0; second < 44; second += 1) {
      clock.ms = second * 1_000;
      expect((await store.current()).servers.get(`unknown-${second}`)).toBeUndefined();
    }
    expect(reads()).toBe(1);
  });
});
