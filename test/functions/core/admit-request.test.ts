import { describe, expect, it } from "vitest";
import { admitRequest, type GatewayRequest } from "../../../functions/core/admit-request.ts";
import { tokenHash } from "../../../functions/core/blocked.ts";
import { buildSnapshot } from "../../../functions/core/config-snapshot.ts";
import {
  type ConfigParts,
  configParameters,
  configSnapshot,
  parameter,
} from "../../support/gateway-config.ts";
import { principalWith } from "../../support/principals.ts";
import { NOW, NOW_SECONDS } from "../../support/tokens.ts";

const BODY = '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"add"}}';
const URL = "https://mcp.example.com";

type Parts = {
  method?: string;
  server?: string;
  headers?: Record<string, string | string[]>;
  body?: string;
  principal?: ReturnType<typeof principalWith> | undefined;
  config?: ConfigParts;
};

function admit(parts: Parts = {}) {
  const headers = { "content-type": "application/json", ...parts.headers };
  const request: GatewayRequest = {
    method: parts.method ?? "POST",
    server: parts.server ?? "tools",
    headers: new Map(Object.entries(headers).map(([name, value]) => [name, [value].flat()])),
    body: "body" in parts ? parts.body : BODY,
  };
  const principal = "principal" in parts ? parts.principal : principalWith();
  return admitRequest(request, principal, configSnapshot(parts.config), URL, NOW);
}

function reasonOf(parts: Parts): string {
  const admission = admit(parts);
  return admission.ok ? "admitted" : admission.errorResponse.reason;
}

describe("admitRequest: the caller", () => {
  it("denies a request without a verified caller, whatever else the request contains", () => {
    expect(reasonOf({ principal: undefined })).toBe("principal_missing");
    expect(reasonOf({ principal: undefined, method: "PUT", server: "nobody" })).toBe("principal_missing");
  });

  it("denies a caller that was verified for another server", () => {
    expect(reasonOf({ principal: principalWith({ server: "closed" }) })).toBe("principal_missing");
    expect(reasonOf({ server: "closed" })).toBe("principal_missing");
  });

  it.each([
    ["the verified token", "tools", { authorization: "Bearer e30.e30.e30" }, "admitted"],
    ["another token", "tools", { authorization: "Bearer e30.e30.e31" }, "principal_missing"],
    ["no token", "tools", {}, "principal_missing"],
    [
      "two tokens",
      "tools",
      { authorization: ["Bearer e30.e30.e30", "Bearer e30.e30.e31"] },
      "principal_missing",
    ],
    ["the verified token in another header", "tools", { "x-token": "e30.e30.e30" }, "principal_missing"],
    ["another token, for an unknown server", "none", {}, "principal_missing"],
  ])("requires the token that was verified: %s", (_, server, headers, reason) => {
    const principal = principalWith({ server, tokenHash: tokenHash("e30.e30.e30") });
    expect(reasonOf({ server, headers, principal })).toBe(reason);
  });

  it("responds with 404 to an unknown server if the gateway has no token rules any more", () => {
    const principal = principalWith({ server: "none", admitted: false, tokenHash: tokenHash("e30.e30.e30") });
    const config = { ...configSnapshot(), gatewayRules: undefined };
    const request = { method: "POST", server: "none", headers: new Map(), body: BODY };
    expect(admitRequest(request, principal, config, URL, NOW)).toMatchObject({
      errorResponse: { reason: "unknown_server" },
    });
  });

  it.each([
    ["one second inside the tolerance", NOW_SECONDS - 4, "admitted"],
    ["exactly at it", NOW_SECONDS - 5, "unauthorized"],
    ["long past it", NOW_SECONDS - 3600, "unauthorized"],
  ])("checks again whether the token is still valid: exp %s", (_, exp, reason) => {
    expect(reasonOf({ principal: principalWith({ exp }) })).toBe(reason);
  });

  it("applies no clock tolerance for an unknown server", () => {
    const stranger = (exp: number) => principalWith({ server: "nobody", admitted: false, exp });
    expect(reasonOf({ server: "nobody", principal: stranger(NOW_SECONDS) })).toBe("unauthorized");
    expect(reasonOf({ server: "nobody", principal: stranger(NOW_SECONDS + 1) })).toBe("unknown_server");
  });

  it("denies a caller without a tenant at a server that requires one", () => {
    const config = { servers: { tools: { tenant_required: true } } };
    expect(reasonOf({ config, principal: principalWith({ tenant: "" }) })).toBe("tenant_required");
    expect(reasonOf({ config, principal: principalWith({ tenant: "T1", tenantIsMember: true }) })).toBe(
      "admitted",
    );
  });
});

describe("admitRequest: the server", () => {
  it.each([
    ["unknown", "nobody", false],
    ["disabled", "closed", true],
    ["known, but was not to the authorizer", "tools", false],
    ["named like what objects inherit", "constructor", true],
  ])("denies a request to a server that is %s", (_, server, admitted) => {
    expect(reasonOf({ server, principal: principalWith({ server, admitted }) })).toBe("unknown_server");
  });

  it("responds 503 if the server's configuration is invalid, even to an expired token", () => {
    const parameters = [...configParameters(), parameter("servers/broken", "{}")];
    const { snapshot } = buildSnapshot(parameters, { servers: new Map() });
    const request = { method: "GET", server: "broken", headers: new Map(), body: undefined };
    for (const admitted of [true, false]) {
      const principal = principalWith({ server: "broken", admitted, exp: 1 });
      expect(admitRequest(request, principal, snapshot as never, URL, NOW)).toMatchObject({
        ok: false,
        errorResponse: { reason: "configuration_unavailable", status: 503 },
      });
    }
  });

  it("checks the server before the method", () => {
    const principal = principalWith({ server: "nobody", admitted: false });
    expect(reasonOf({ server: "nobody", principal, method: "PATCH" })).toBe("unknown_server");
  });
});

describe("admitRequest: the combined endpoint", () => {
  const combined = { servers: "all" };
  const config = { gateway: { combined }, servers: { tools: {} } };
  const atEndpoint = (parts: Parts = {}) =>
    reasonOf({ config, server: "/mcp", principal: principalWith({ server: "/mcp" }), ...parts });

  it("is admitted like a server, for each method", () => {
    expect(atEndpoint()).toBe("admitted");
    expect(atEndpoint({ method: "GET", headers: { accept: "text/event-stream" } })).toBe("admitted");
    expect(atEndpoint({ method: "DELETE" })).toBe("admitted");
  });

  it("is unknown without combined, and if the authorizer did not know it", () => {
    expect(atEndpoint({ config: {} })).toBe("unknown_server");
    expect(atEndpoint({ principal: principalWith({ server: "/mcp", admitted: false }) })).toBe(
      "unknown_server",
    );
  });

  it("denies a caller that was verified for a member, and the reverse", () => {
    expect(atEndpoint({ principal: principalWith() })).toBe("principal_missing");
    expect(atEndpoint({ server: "tools" })).toBe("principal_missing");
  });

  it("denies callers in blocked of the gateway", () => {
    const blocked = [{ claim: "sub", values: ["U2alice"] }];
    const principal = principalWith({ server: "/mcp", introspected: { sub: "U2alice" } });
    expect(atEndpoint({ principal, config: { ...config, gateway: { combined, blocked } } })).toBe("blocked");
  });
});

describe("admitRequest: the Origin header", () => {
  const config = { gateway: { allowed_origins: ["https://app.example.com"] } };

  it.each<[string, string | string[], string]>([
    ["an allowed origin", "https://app.example.com", "admitted"],
    ["the gateway's own origin", "https://mcp.example.com", "admitted"],
    ["another origin", "https://attacker.example", "origin_not_allowed"],
    ["the origin null", "null", "origin_not_allowed"],
    ["an allowed origin with another scheme", "http://app.example.com", "origin_not_allowed"],
    ["an allowed origin with another port", "https://app.example.com:444", "origin_not_allowed"],
    ["an origin that ends like an allowed one", "https://xapp.example.com", "origin_not_allowed"],
    [
      "an origin that begins like an allowed one",
      "https://app.example.com.attacker.example",
      "origin_not_allowed",
    ],
    ["the gateway's origin with a path", "https://mcp.example.com/", "origin_not_allowed"],
    ["an empty origin", "", "origin_not_allowed"],
    [
      "two origins, one of them not allowed",
      ["https://app.example.com", "https://attacker.example"],
      "origin_not_allowed",
    ],
  ])("returns the expected reason for %s", (_, origin, reason) => {
    expect(reasonOf({ headers: { origin }, config })).toBe(reason);
  });

  it("admits a request without Origin, as clients that are not browsers send it", () => {
    expect(reasonOf({ config })).toBe("admitted");
  });

  it("is checked before the method", () => {
    expect(reasonOf({ headers: { origin: "https://attacker.example" }, method: "PUT" })).toBe(
      "origin_not_allowed",
    );
  });
});

describe("admitRequest: the method", () => {
  const stream = { servers: { tools: { get_stream: true } } };

  it.each(["PUT", "PATCH", "HEAD", "TRACE", "post", "QUERY"])(
    "denies %s and lists the allowed methods in Allow",
    (method) => {
      expect(admit({ method })).toMatchObject({
        ok: false,
        errorResponse: { status: 405, reason: "method_not_allowed", headers: { allow: "POST, GET, DELETE" } },
      });
    },
  );

  it("denies GET if the server has no GET stream", () => {
    expect(admit({ method: "GET" })).toMatchObject({
      ok: false,
      errorResponse: { status: 405, reason: "method_not_allowed", headers: { allow: "POST, DELETE" } },
    });
  });

  it.each([
    ["text/event-stream", "admitted"],
    ["application/json, text/event-stream;q=0.5", "admitted"],
    ["TEXT/EVENT-STREAM", "admitted"],
    ["text/*", "admitted"],
    ["*/*", "admitted"],
    ["application/json", "not_acceptable"],
    ["text/event-streams", "not_acceptable"],
    ["application/*", "not_acceptable"],
    ["", "not_acceptable"],
  ])("decides a GET with Accept %s", (accept, reason) => {
    expect(reasonOf({ method: "GET", headers: { accept }, config: stream })).toBe(reason);
  });

  it("admits a GET without Accept", () => {
    expect(reasonOf({ method: "GET", config: stream })).toBe("admitted");
  });

  it("admits GET and DELETE without reading the body", () => {
    const admitted = { ok: true, messages: [], id: null, protocolVersion: "2025-11-25" };
    const headers = { "mcp-protocol-version": "2025-11-25" };
    expect(admit({ method: "GET", headers, body: "x", config: stream })).toMatchObject(admitted);
    expect(admit({ method: "DELETE", headers, body: "x" })).toMatchObject(admitted);
  });
});

describe("admitRequest: the media types of a POST", () => {
  it.each<[string | string[], string]>([
    ["application/json", "admitted"],
    ["Application/JSON; charset=utf-8", "admitted"],
    ["text/plain", "unsupported_media_type"],
    ["application/json-rpc", "unsupported_media_type"],
    ["application/x-www-form-urlencoded", "unsupported_media_type"],
    ["", "unsupported_media_type"],
    [["application/json", "text/plain"], "unsupported_media_type"],
    [["application/", "json"], "unsupported_media_type"],
  ])("Content-Type %j leads to %s", (type, reason) => {
    expect(reasonOf({ headers: { "content-type": type } })).toBe(reason);
  });

  it("denies a POST without a Content-Type", () => {
    const request = { method: "POST", server: "tools", headers: new Map(), body: BODY };
    expect(admitRequest(request, principalWith(), configSnapshot(), URL, NOW)).toMatchObject({
      errorResponse: { reason: "unsupported_media_type", status: 415 },
    });
  });

  it.each([
    ["application/json", "admitted"],
    ["text/event-stream", "admitted"],
    ["*/*", "admitted"],
    ["text/html", "not_acceptable"],
  ])("Accept %s leads to %s", (accept, reason) => {
    expect(reasonOf({ headers: { accept } })).toBe(reason);
  });
});

describe("admitRequest: the body of a POST", () => {
  const limits = (max_body_bytes: number, max_json_depth = 64) => ({
    gateway: { limits: { max_body_bytes, max_json_depth } },
  });
  const bodyOf = (bytes: number) => {
    const frame = '{"jsonrpc":"2.0","id":1,"method":"x","params":{"p":""}}';
    return frame.replace('""', `"${"x".repeat(bytes - frame.length)}"`);
  };

  it("admits a body of exactly the maximum size", () => {
    expect(reasonOf({ body: bodyOf(2048), config: limits(2048) })).toBe("admitted");
    expect(admit({ body: bodyOf(2049), config: limits(2048) })).toMatchObject({
      errorResponse: {
        reason: "request_too_large",
        message: "The body has 2049 bytes; at most 2048 are accepted. Send less.",
      },
    });
  });

  it("measures the body in bytes, not in characters", () => {
    const body = bodyOf(1024).replace("xx", "é");
    expect(Buffer.byteLength(body)).toBe(1024);
    expect(reasonOf({ body, config: limits(1024) })).toBe("admitted");
    expect(reasonOf({ body: bodyOf(1024).replace("x", "é"), config: limits(1024) })).toBe(
      "request_too_large",
    );
  });

  it.each([
    ["nothing", undefined, "not_json"],
    ["no JSON", "hello", "not_json"],
    ["JSON that is not a message", "{}", "not_a_request"],
  ])("denies a body that is %s", (_, body, reason) => {
    expect(reasonOf({ body })).toBe(reason);
  });

  it("admits a body at the configured maximum depth", () => {
    const body = '{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":[[[]]]}}';
    expect(reasonOf({ body, config: limits(2048, 5) })).toBe("admitted");
    expect(reasonOf({ body, config: limits(2048, 4) })).toBe("not_a_request");
  });

  it("returns the messages and the id of the body", () => {
    expect(admit()).toMatchObject({
      ok: true,
      principal: { sub: "U2alice" },
      server: { name: "tools" },
      messages: [{ id: 7, method: "tools/call", params: { name: "add" } }],
      id: 7,
      protocolVersion: undefined,
    });
    expect(admit()).not.toHaveProperty("shadowed");
  });

  it("returns the id with a denial, and the messages for the log", () => {
    expect(admit({ headers: { "mcp-method": "ping" } })).toMatchObject({
      ok: false,
      id: 7,
      messages: [{ method: "tools/call" }],
      errorResponse: {
        code: -32020,
        reason: "header_mismatch",
        message: "The header mcp-method does not say what the body says. Send the value of the body, once.",
      },
    });
  });

  it.each(["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"])(
    "admits a single message in revision %s",
    (version) => expect(reasonOf({ headers: { "mcp-protocol-version": version } })).toBe("admitted"),
  );

  it.each([
    ["2025-03-26", "admitted"],
    [undefined, "admitted"],
    ["2025-06-18", "batch_not_supported"],
    ["2026-07-28", "batch_not_supported"],
  ])("decides a batch in revision %s: %s", (version, reason) => {
    const headers: Record<string, string> = version === undefined ? {} : { "mcp-protocol-version": version };
    expect(reasonOf({ body: `[${BODY}]`, headers })).toBe(reason);
  });
});

describe("admitRequest: the server's access rules", () => {
  const rules = { tool_authorization: { add: { required_claims: { tier: { values: "pro" } } } } };

  it("deny a tool that the caller is not allowed to call, with the message's id", () => {
    expect(admit({ config: { servers: { tools: rules } } })).toMatchObject({
      ok: false,
      id: 7,
      messages: [{ method: "tools/call" }],
      errorResponse: { reason: "unknown_name" },
    });
  });

  it("apply to a call that V8's JSON shape cache would read as a response", () => {
    const start = '{"jsonrpc":"2.0","id":7,"result":{},';
    const config = { servers: { tools: rules } };
    admit({ body: `${start}"\\\\u006d":1}`, config });
    expect(reasonOf({ body: `${start}"\\u006dethod":"tools/call","params":{"name":"add"}}`, config })).toBe(
      "unknown_name",
    );
  });

  it("admit a denied call in log_only mode and log the denial", () => {
    const config = { servers: { tools: { ...rules, tool_authorization_mode: "log_only" } } };
    expect(admit({ config })).toMatchObject({ ok: true, shadowed: { reason: "unknown_name" } });
  });
});
