// The outcome of a request in the functions' logs, for the terminal.
import { describe, expect, it } from "vitest";
import { openRequestOutcomes } from "../../local/request-outcomes.ts";

const line = (fields: object) =>
  JSON.stringify({ level: "INFO", service: "mcp-gateway-proxy", decision: "error", ...fields });
const CAUSE =
  "ConnectionError: refused: nothing accepts connections at 127.0.0.1:9 (ECONNREFUSED), because of Error ECONNREFUSED: connect";
const SHORT = "refused: nothing accepts connections at 127.0.0.1:9 (ECONNREFUSED)";

describe("the outcome of a request", () => {
  it("is found if the log line came first, with the gateway's message as its cause", async () => {
    const outcomes = openRequestOutcomes();
    outcomes.note(line({ request_id: "a", reason: "downstream_unreachable", cause: CAUSE }));
    expect(await outcomes.of("a", "proxy")).toEqual({
      decision: "error",
      reason: "downstream_unreachable",
      details: [],
      wouldDeny: undefined,
      streamEnded: undefined,
      unavailable: [],
      changedTools: [],
      cause: SHORT,
    });
  });

  it("names the deciding rule, claim, scopes, form and the operator's reason", async () => {
    const outcomes = openRequestOutcomes();
    const detailsOf = async (fields: object) => {
      outcomes.note(line({ request_id: "a", decision: "deny", ...fields }));
      return (await outcomes.of("a", "proxy"))?.details;
    };
    expect(await detailsOf({ denied_rule: "admin_*", denied_claim: "tier" })).toEqual([
      "rule admin_*",
      "claim tier",
    ]);
    expect(await detailsOf({ denied_rule: "send", denied_scopes: ["a", "b"] })).toEqual([
      "rule send",
      "missing scopes a b",
    ]);
    expect(await detailsOf({ denied_form: "that is not empty" })).toEqual(["name that is not empty"]);
    expect(await detailsOf({ claim: "jti", block_reason: "leaked" })).toEqual(["claim jti", "leaked"]);
  });

  it("is that of the requested function", async () => {
    const outcomes = openRequestOutcomes(1);
    outcomes.note(line({ request_id: "a", service: "mcp-gateway-authorizer", decision: "allow" }));
    expect(await outcomes.of("a", "proxy")).toBeUndefined();
    expect(await outcomes.of("a", "authorizer")).toMatchObject({ decision: "allow" });
  });

  it("of the combined endpoint is not that of a member that it called", async () => {
    const outcomes = openRequestOutcomes(1);
    const service = "mcp-gateway-combined";
    outcomes.note(line({ request_id: "a", service, server: "/mcp", decision: "allow" }));
    outcomes.note(line({ request_id: "a", service, server: "notes", decision: "deny" }));
    expect(await outcomes.of("a", "combined")).toMatchObject({ decision: "allow" });
    outcomes.note(line({ request_id: "b", service, server: "notes", decision: "deny" }));
    const found = outcomes.of("b", "combined");
    outcomes.note(line({ request_id: "b", service, server: "/mcp", decision: "allow" }));
    expect(await found).toMatchObject({ decision: "allow" });
  });

  it("of the combined endpoint is that of the member if the request was only for it", async () => {
    const outcomes = openRequestOutcomes(1);
    const service = "mcp-gateway-combined";
    outcomes.note(
      line({ request_id: "a", service, server: "notes", decision: "deny", reason: "tool_denied" }),
    );
    expect(await outcomes.of("a", "combined")).toMatchObject({ decision: "deny", reason: "tool_denied" });
  });

  it("of the combined endpoint has the changed tools of all members", async () => {
    const outcomes = openRequestOutcomes(1);
    const service = "mcp-gateway-combined";
    for (const server of ["notes", "whoami"])
      outcomes.note(
        line({ request_id: "a", service, server, decision: "allow", changed_tools: [`of_${server}`] }),
      );
    outcomes.note(line({ request_id: "a", service, server: "/mcp", decision: "allow" }));
    expect((await outcomes.of("a", "combined"))?.changedTools).toEqual([
      "notes: of_notes",
      "whoami: of_whoami",
    ]);
  });

  it("is awaited if the log line comes later", async () => {
    const outcomes = openRequestOutcomes(60_000);
    const found = outcomes.of("a", "proxy");
    outcomes.note(line({ request_id: "b", cause: "Error: other" }));
    outcomes.note(line({ request_id: "a", cause: CAUSE }));
    expect((await found)?.cause).toBe(SHORT);
  });

  it("is undefined if nothing is logged in time for the request", async () => {
    const outcomes = openRequestOutcomes(20);
    for (const other of [
      'no JSON "decision"',
      line({ request_id: "a", decision: undefined, note: '"decision"' }),
      line({ request_id: 5 }),
      'null"decision"',
      '["decision"]',
    ])
      outcomes.note(other);
    expect(await outcomes.of("a", "proxy")).toBeUndefined();
  });

  it("is kept only for the latest requests", async () => {
    const outcomes = openRequestOutcomes(1);
    for (let id = 0; id <= 200; id += 1) outcomes.note(line({ request_id: String(id), reason: `r${id}` }));
    const found = [await outcomes.of("0", "proxy"), await outcomes.of("200", "proxy")];
    expect(found.map((each) => each?.reason)).toEqual([undefined, "r200"]);
  });
});
