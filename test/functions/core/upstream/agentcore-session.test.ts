import { describe, expect, it } from "vitest";
import {
  joinRuntimeSession,
  runtimeSessionOf,
  splitRuntimeSession,
} from "../../../../functions/core/upstream/agentcore-session.ts";

const BINDING = {
  sub: "U2alice",
  issuer: "https://i.example",
  server: "tools",
  tenant: "T1",
  session: "s-1",
};

describe("runtimeSessionOf", () => {
  it("returns an id of a length that AgentCore accepts", () => {
    expect(runtimeSessionOf(BINDING)).toMatch(/^[0-9a-f]{64}$/);
  });

  it("returns different ids for each caller, server, tenant, session and seed, and always the same for the same values", () => {
    const changes = [
      {},
      { sub: "U2bob" },
      { issuer: "x" },
      { server: "x" },
      { tenant: "x" },
      { session: "s-2" },
    ];
    const made = changes.map((change) => runtimeSessionOf({ ...BINDING, ...change }));
    expect(new Set([...made, runtimeSessionOf(BINDING, "seed")]).size).toBe(7);
    expect(runtimeSessionOf({ ...BINDING })).toBe(made[0]);
    expect(runtimeSessionOf({ ...BINDING, session: undefined })).not.toBe(made[0]);
  });
});

it("splitRuntimeSession splits what joinRuntimeSession joined, and returns any other id whole", () => {
  expect(splitRuntimeSession(joinRuntimeSession("s-1", "runtime"))).toEqual({
    session: "s-1",
    runtimeSession: "runtime",
  });
  expect(splitRuntimeSession("s-1")).toEqual({ session: "s-1", runtimeSession: undefined });
});
