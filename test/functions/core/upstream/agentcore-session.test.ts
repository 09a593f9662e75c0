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
  it("has a length that AgentCore takes", () => {
    expect(runtimeSessionOf(BINDING)).toMatch(/^[0-9a-f]{64}$/);
  });

  it("is another one for each caller, server, tenant, session and seed, and the same for the same", () => {
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

it("splitRuntimeSession takes apart what joinRuntimeSession made, and leaves any other id whole", () => {
  expect(splitRuntimeSession(joinRuntimeSession("s-1", "runtime"))).toEqual({
    session: "s-1",
    runtimeSession: "runtime",
  });
  expect(splitRuntimeSession("s-1")).toEqual({ session: "s-1", runtimeSession: undefined });
});
