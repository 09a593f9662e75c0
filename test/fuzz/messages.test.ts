// MCP messages from nowhere: bodies, protocol headers, and what is decided about them. What the gateway understood of an admitted body is
// what any JSON reader understands of it.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { admitRequest } from "../../functions/core/admit-request.ts";
import { parseMcpBody } from "../../functions/core/mcp-message.ts";
import { mismatchedHeader } from "../../functions/core/routing-headers.ts";
import { configSnapshot } from "../support/gateway-config.ts";
import { principalWith } from "../support/principals.ts";
import { NOW } from "../support/tokens.ts";
import { budget, corpus } from "./budget.ts";

const config = configSnapshot({
  servers: { tools: { tool_authorization: { "admin*": { required_scopes: ["admin"] } }, get_stream: true } },
});

const keys = fc.constantFrom(
  "name",
  "Name",
  "n\\u0061me",
  "method",
  "params",
  "id",
  "uri",
  "ref",
  "__proto__",
  "ſ",
  "a",
);
const values = fc.constantFrom(
  '"admin"',
  '"open"',
  '"\\u0061dmin"',
  '"tools/call"',
  "1",
  "null",
  "[]",
  '{"name":"admin"}',
);
const objectText = fc
  .array(fc.tuple(keys, values), { maxLength: 4 })
  .map((entries) => `{${entries.map(([key, value]) => `"${key}":${value}`).join(",")}}`);
const callText = fc
  .tuple(objectText, fc.array(fc.tuple(keys, fc.oneof(values, objectText)), { maxLength: 3 }))
  .map(([params, more]) => {
    const extra = more.map(([key, value]) => `,"${key}":${value}`).join("");
    return `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}${extra}}`;
  });
const bodies = fc.oneof(
  callText,
  fc.json(),
  fc.string({ unit: "binary" }),
  fc.tuple(callText, callText).map((pair) => `[${pair.join(",")}]`),
  fc.tuple(callText, fc.nat(), fc.string({ unit: "binary", maxLength: 2 })).map(([text, at, put]) => {
    const position = at % (text.length + 1);
    return text.slice(0, position) + put + text.slice(position);
  }),
);
const examples = corpus("messages").map((text): [string] => [text]);

describe("the body's reader", () => {
  it("never throws, and what it takes reads the same to JSON.parse", () => {
    fc.assert(
      fc.property(bodies, (text) => {
        const body = parseMcpBody(text, 64);
        if (!body.ok) {
          expect(body.errorResponse.status).toBe(400);
          return;
        }
        const entries = [JSON.parse(text)].flat();
        expect(body.messages.map(({ method }) => method)).toEqual(entries.map(({ method }) => method));
        for (const [index, { params }] of body.messages.entries()) {
          const sent = entries[index].params;
          const named = sent !== null && typeof sent === "object" && !Array.isArray(sent);
          expect(params).toEqual(named ? sent : {});
        }
      }),
      budget(examples),
    );
  });
});

describe("the proxy's checks", () => {
  it("admit no body in which a tool's name may be read as a forbidden one", () => {
    fc.assert(
      fc.property(callText, (text) => {
        const request = {
          method: "POST",
          server: "tools",
          body: text,
          headers: new Map([["content-type", ["application/json"]]]),
        };
        const admission = admitRequest(request, principalWith(), config, "https://mcp.example.com", NOW);
        if (!admission.ok) return;
        const { params } = JSON.parse(text) as { params: Record<string, unknown> };
        // Elsewhere a forbidden name is data; among the parameters no key may pass for the one that counts.
        const names = Object.entries(params).filter(([key]) => key.toUpperCase() === "NAME");
        for (const [, name] of names) expect(String(name)).not.toMatch(/^admin/i);
      }),
      budget(),
    );
  });

  it("respond to any method, header and body, and admit nothing without a principal", () => {
    const headers = fc.dictionary(
      fc.constantFrom(
        "content-type",
        "accept",
        "origin",
        "mcp-method",
        "mcp-name",
        "mcp-protocol-version",
        "x",
      ),
      fc.array(
        fc.oneof(fc.string(), fc.constantFrom("application/json", "*/*", "2025-03-26", "tools/call")),
        { minLength: 1, maxLength: 2 },
      ),
    );
    fc.assert(
      fc.property(
        fc.constantFrom("POST", "GET", "DELETE", "PUT", "post"),
        headers,
        fc.option(bodies),
        (method, sent, body) => {
          const request = {
            method,
            server: "tools",
            headers: new Map(Object.entries(sent)),
            body: body ?? undefined,
          };
          const asked = (principal: ReturnType<typeof principalWith> | undefined) =>
            admitRequest(request, principal, config, "https://mcp.example.com", NOW);
          const admission = asked(principalWith());
          if (!admission.ok) expect(admission.errorResponse.status).toBeGreaterThanOrEqual(200);
          expect(asked(undefined).ok).toBe(false);
        },
      ),
      budget(),
    );
  });
});

describe("the protocol headers' reader", () => {
  it("takes a name for the body's exactly where it is, plain or encoded", () => {
    const encoded = (name: string) => `=?base64?${Buffer.from(name).toString("base64")}?=`;
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (name, other) => {
        const message = { id: 1, method: "tools/call", params: { name } };
        const mismatch = (value: string) => mismatchedHeader(new Map([["mcp-name", [value]]]), [message]);
        expect(mismatch(encoded(name))).toBeUndefined();
        if (other !== name) expect(mismatch(encoded(other))).toBe("mcp-name");
        if (other.trim() !== name && !/^=\?/.test(other.trim())) expect(mismatch(other)).toBe("mcp-name");
      }),
      budget(),
    );
  });
});
