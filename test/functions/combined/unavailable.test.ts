// The error response if a member has no part: its own status and reason, but never one that makes clients sign in again.
import { describe, expect, it } from "vitest";
import { unavailableMembers } from "../../../functions/combined/unavailable.ts";

const shape = (...members: Parameters<typeof unavailableMembers>[0]) => {
  const { status, reason, headers } = unavailableMembers(members);
  return [status, reason, headers];
};

describe("the response if a member has no part", () => {
  it.each([
    [429, "rate_limited", 429, "rate_limited"],
    [403, "connection_required", 403, "connection_required"],
    [403, "exchange_denied", 403, "exchange_denied"],
    [403, "tenant_required", 403, "tenant_required"],
    [502, "identity_unavailable", 502, "identity_unavailable"],
    [503, "upstream_token_limited", 503, "upstream_token_limited"],
    [504, "downstream_timeout", 504, "downstream_timeout"],
    [503, "configuration_unavailable", 503, "configuration_unavailable"],
    [503, "keys_unavailable", 503, "configuration_unavailable"],
    [500, "internal_error: Error: a defect", 500, "internal_error"],
    [500, "internal_error", 500, "internal_error"],
    [429, "error", 429, "rate_limited"],
    [504, "error", 504, "downstream_timeout"],
  ])("has status and reason of a gateway's denial: %i %s", (status, reason, expectedStatus, expected) => {
    expect(shape({ name: "notes", status, reason })).toEqual([expectedStatus, expected, undefined]);
  });

  it.each([
    [500, "error"],
    [503, "error"],
    [403, "error"],
    [403, "insufficient_scope"],
    [403, "unauthorized"],
    [401, "unauthorized"],
    [403, "blocked"],
    [200, "unsupported"],
    [403, "downstream_timeout"],
    [403, "constructor"],
  ])("is downstream_unreachable for a server's %i %s", (status, reason) => {
    expect(shape({ name: "notes", status, reason })).toEqual([502, "downstream_unreachable", undefined]);
  });

  it("has the first member's reason and Retry-After, and names all", () => {
    const response = unavailableMembers([
      { name: "notes", status: 429, reason: "rate_limited", retryAfter: "5" },
      { name: "reports", status: 502, reason: "downstream_unreachable" },
    ]);
    expect(response).toMatchObject({ status: 429, headers: { "retry-after": "5" } });
    expect(response.message).toContain("notes, reports");
  });
});
