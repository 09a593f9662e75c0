import { describe, expect, it } from "vitest";
import { authorizeMessages } from "../../../functions/core/authorize-messages.ts";
import type { EffectiveServer } from "../../../functions/core/config/effective-server.ts";
import { configSnapshot } from "../../support/gateway-config.ts";
import { principalWith } from "../../support/principals.ts";

const RULES = {
  tool_authorization: {
    delete: { required_claims: { tier: { values: "pro" } } },
    send: { required_scopes: ["mail:read", "mail:send"] },
  },
};

function serverWith(extra: Record<string, unknown> = {}): EffectiveServer {
  return configSnapshot({ servers: { tools: { ...RULES, ...extra } } }).servers.get(
    "tools",
  ) as EffectiveServer;
}

const call = (name: unknown) => ({ id: 1, method: "tools/call", params: { name } });
const authorize = (names: unknown[], server = serverWith()) =>
  authorizeMessages(names.map(call), server, principalWith());

describe("authorizeMessages", () => {
  it("lets messages through that every rule allows", () => {
    expect(authorize(["add", "multiply"])).toStrictEqual({});
    expect(authorize([])).toStrictEqual({});
  });

  it("answers a hidden tool as servers answer an unknown one", () => {
    expect(authorize(["delete"])).toEqual({
      refusal: { status: 200, code: -32602, reason: "unknown_name", message: "Unknown tool: delete" },
    });
  });

  it("answers a call without a name", () => {
    expect(authorize([undefined])).toMatchObject({ refusal: { message: "Unknown tool: no name given" } });
  });

  it("answers missing scopes with all that are needed", () => {
    expect(authorize(["send"])).toEqual({
      refusal: {
        status: 403,
        code: 403,
        reason: "insufficient_scope",
        message: "This tool needs the scopes mail:read mail:send. Sign in again and ask for all of them.",
        scopes: ["mail:read", "mail:send"],
      },
    });
  });

  it("refuses a batch for one message that is refused", () => {
    expect(authorize(["add", "delete", "add"])).toMatchObject({ refusal: { reason: "unknown_name" } });
  });

  it("decides nothing where there are no rules", () => {
    const server = configSnapshot({ servers: { tools: {} } }).servers.get("tools") as EffectiveServer;
    expect(
      authorize(
        Array.from({ length: 5_000 }, () => "delete"),
        server,
      ),
    ).toStrictEqual({});
  });

  it("rejects a body that names more than 1,000 targets", () => {
    expect(authorize(Array.from({ length: 1_000 }, () => "add"))).toStrictEqual({});
    expect(authorize(Array.from({ length: 1_001 }, () => "add"))).toEqual({
      refusal: {
        status: 413,
        code: 413,
        reason: "request_too_large",
        message: "The body names 1001 tools, prompts and resources; at most 1000 are accepted. Send fewer.",
      },
    });
  });

  it("rejects more than 1,000 subscriptions of one listen request", () => {
    const server = serverWith({ resource_authorization: { "file:///private/*": {} } });
    const resourceSubscriptions = Array.from({ length: 61_000 }, (_, index) => `file:///a/${index}`);
    const listen = {
      id: 1,
      method: "subscriptions/listen",
      params: { notifications: { resourceSubscriptions } },
    };
    expect(authorizeMessages([listen], server, principalWith())).toMatchObject({
      refusal: { reason: "request_too_large" },
    });
  });

  it("denies names of more than 8,192 characters, and repeats none of them whole", () => {
    expect(authorize(["a".repeat(8_192)])).toStrictEqual({});
    const { refusal } = authorize(["a".repeat(8_193)]);
    expect(refusal).toMatchObject({ reason: "unknown_name", message: `Unknown tool: ${"a".repeat(256)}…` });
  });

  it("only notes the refusal in log_only mode", () => {
    const server = serverWith({ tool_authorization_mode: "log_only" });
    const result = authorize(["delete"], server);
    expect(result).toMatchObject({ shadowed: { reason: "unknown_name" } });
    expect(result).not.toHaveProperty("refusal");
  });
});
