import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  clientResponseHeaders,
  type DownstreamHeaderParts,
  downstreamRequestHeaders,
  staticHeaders,
} from "../../../functions/core/headers.ts";
import { headerValues } from "../../../functions/platform/event-headers.ts";
import { CREDENTIAL_HEADERS } from "../../support/credential-header-names.ts";

type EventHeaders = Parameters<typeof headerValues>[0];
type Parts = Omit<DownstreamHeaderParts, "inbound"> & { inbound: EventHeaders };

function build({ inbound, ...parts }: Partial<Parts>) {
  const nothing = { inbound: headerValues(inbound), forward: [], identity: {} };
  return downstreamRequestHeaders({
    method: "POST",
    ...nothing,
    identityNames: new Set(["x-user-claims", "x-user-jwt", "authorization", "x-who"]),
    ...parts,
  });
}

/** What the gateway states itself about a POST. */
const STATED = {
  accept: "application/json, text/event-stream",
  "accept-encoding": "identity",
  "content-type": "application/json",
};

/** What reaches the downstream of the client's headers, without what the gateway always states. */
function passed(inbound: EventHeaders, parts: Partial<Parts> = {}) {
  const headers = build({ inbound, ...parts });
  expect(headers).toMatchObject(STATED);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !(name in STATED)));
}

describe("client request headers", () => {
  it.each([
    "Baggage",
    "Last-Event-ID",
    "Mcp-Method",
    "Mcp-Name",
    "MCP-Protocol-Version",
    "Mcp-Session-Id",
    "traceparent",
    "tracestate",
    "Mcp-Param-Region",
    "mcp-param-x",
  ])("forward %s in lower case", (name) => {
    expect(passed({ [name]: ["value"] })).toEqual({ [name.toLowerCase()]: "value" });
  });

  it.each([
    "Mcp-Param-a b",
    "Mcp-Param-é",
    "Mcp-Param-:",
    "Mcp-Param-\r\nX-User-Claims",
    "Authorization",
    "Proxy-Authorization",
    "Cookie",
    "Host",
    "Content-Length",
    "Transfer-Encoding",
    "Connection",
    "Keep-Alive",
    "TE",
    "Trailer",
    "Upgrade",
    "Expect",
    "Via",
    "Forwarded",
    "X-Forwarded-For",
    "X-Forwarded-Proto",
    "X-Real-IP",
    "X-Amz-Security-Token",
    "X-Amzn-Trace-Id",
    ...CREDENTIAL_HEADERS,
    "Origin",
    "User-Agent",
    "X-User-Claims",
    "X-User-JWT",
    "X-Who",
    "X-Anything",
    "Accept-Encoding",
    "Content-Type",
    "Content-Encoding",
    "Content-Language",
    "Content-Range",
    "Content-Transfer-Encoding",
    "X-HTTP-Method-Override",
    "Mcp-Params",
    "Mcp_Session_Id",
  ])("do not include %s", (name) => {
    expect(passed({ [name]: ["value"] })).toEqual({});
  });

  it("are joined if a header was sent several times", () => {
    expect(passed({ baggage: ["a=1", "b=2"] })).toEqual({ baggage: "a=1, b=2" });
  });

  it.each([
    ["CR and LF", "a\r\nX-User-Claims: {}"],
    ["LF", "a\nb"],
    ["NUL", "a\0b"],
    ["DEL", "a\x7fb"],
    ["a character beyond Latin-1", "李"],
    ["an escape", "\x1b[2J"],
  ])("are not forwarded if the value contains %s", (_, value) => {
    expect(passed({ "mcp-name": [value] })).toEqual({});
  });

  it("are forwarded if the value contains a tab, visible ASCII and Latin-1", () => {
    expect(passed({ "mcp-name": ["\t !~é"] })).toEqual({ "mcp-name": "\t !~é" });
  });

  it("are not forwarded without a value", () => {
    expect(passed({ baggage: undefined, connection: undefined })).toStrictEqual({});
  });

  it("are not forwarded if Connection names them, in any case and from several Connection headers", () => {
    const inbound = {
      connection: ["close, Mcp-Name", "X-Ok"],
      Connection: ["TRACEPARENT"],
      "mcp-name": ["a"],
      traceparent: ["b"],
      tracestate: ["c"],
      "x-ok": ["d"],
    };
    expect(passed(inbound, { forward: [{ from: "X-Ok", to: "X-Ok" }] })).toEqual({ tracestate: "c" });
  });
});

describe("client request headers that another header names", () => {
  it("are forwarded if that header is not Connection", () => {
    expect(passed({ "mcp-name": ["traceparent"], traceparent: ["a"], "x-other": ["mcp-name"] })).toEqual({
      "mcp-name": "traceparent",
      traceparent: "a",
    });
  });
});

describe("forward_headers", () => {
  it("forwards a client header under its own name or under another name", () => {
    const forward = [
      { from: "X-Request-Id", to: "X-Request-Id" },
      { from: "X-Locale", to: "Accept-Language" },
    ];
    expect(
      passed({ "x-request-id": ["1"], "X-LOCALE": ["de", "en"], "x-other": ["2"] }, { forward }),
    ).toEqual({
      "x-request-id": "1",
      "accept-language": "de, en",
    });
  });

  it.each([
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "host",
    "content-length",
    "expect",
    "via",
    "cookie",
    "cookie2",
    "set-cookie",
    "set-cookie2",
    "authorization",
    "proxy-authorization",
    "proxy-connection",
    "forwarded",
    "x-forwarded-for",
    "x-amz-date",
    "x-amzn-trace-id",
    "x-real-ip",
    "X_Forwarded_For",
    ...CREDENTIAL_HEADERS,
    "content-type",
    "Content_Type",
    "content-encoding",
    "content-range",
    "content-transfer-encoding",
    "accept",
    "accept-encoding",
    "mcp-name",
    "mcp-param-region",
    "x-http-method-override",
    "x-original-url",
    "user-agent",
    "User_Agent",
    "x-who",
    "X_WHO",
  ])("never forwards %s, nor another header under that name", (name) => {
    const identityNames = new Set(["x-who"]);
    const out = { identityNames, forward: [{ from: name, to: "x-copy" }] };
    const renamed = { identityNames, forward: [{ from: "x-copy", to: name }] };
    expect(Object.values(build({ inbound: { "x-copy": ["value"] }, ...renamed }))).not.toContain("value");
    expect(build({ inbound: { [name]: ["value"] }, ...out })).not.toHaveProperty("x-copy");
  });

  it.each(["x-authorization", "authorization-info", "te-x", "hostname", "x-host", "x-realm", "cookie3"])(
    "forwards %s, which only resembles a hop-by-hop header",
    (name) => {
      expect(passed({ [name]: ["value"] }, { forward: [{ from: name, to: name }] })).toEqual({
        [name]: "value",
      });
    },
  );

  it("adds nothing if the client did not send the header", () => {
    expect(passed({ "x-other": ["1"] }, { forward: [{ from: "X-A", to: "X-B" }] })).toStrictEqual({});
  });

  it("forwards no line break", () => {
    expect(passed({ "x-a": ["1\r\n2"] }, { forward: [{ from: "X-A", to: "X-A" }] })).toEqual({});
  });
});

describe("staticHeaders", () => {
  const identityNames = new Set(["x-user-claims", "authorization", "x-who"]);

  it("omits every name that carries identity on any server, in any spelling", () => {
    expect(staticHeaders({ "X-User-Claims": "{}", x_who: "admin", "X-Api-Key": "k" }, identityNames)).toEqual(
      {
        "x-api-key": "k",
      },
    );
  });

  it("keeps the operator's credential for the server", () => {
    expect(staticHeaders({ Authorization: "Basic x" }, identityNames)).toEqual({ authorization: "Basic x" });
  });
});

describe("the precedence of request headers", () => {
  it("sends the identity instead of a client header with the same name", () => {
    const headers = build({
      inbound: { "x-plan": ["client"] },
      forward: [{ from: "x-plan", to: "x-plan" }],
      identity: { "X-Plan": "identity" },
    });
    expect(headers).toEqual({ "x-plan": "identity", ...STATED });
  });

  it("sends the identity although Connection names its header", () => {
    expect(passed({ connection: ["x-who"] }, { identity: { "X-Who": "U2alice" } })).toEqual({
      "x-who": "U2alice",
    });
  });
});

describe("identity header names", () => {
  const caseOf = (name: string) =>
    fc
      .array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: name.length, maxLength: name.length })
      .map((flips) =>
        [...name]
          .map((char, index) => {
            const [upper, underscore] = flips[index] as [boolean, boolean];
            if (char === "-") return underscore ? "_" : "-";
            return upper ? char.toUpperCase() : char;
          })
          .join(""),
      );
  const spelling = fc
    .constantFrom("x-user-claims", "x-user-jwt", "authorization", "x-who", "mcp-param-who")
    .chain(caseOf);

  it("are never accepted from the client in any spelling, forwarded or not, and never replace the gateway's header", () => {
    const identityNames = new Set(["x-user-claims", "x-user-jwt", "authorization", "x-who", "mcp-param-who"]);
    fc.assert(
      fc.property(fc.array(spelling, { minLength: 1, maxLength: 4 }), fc.boolean(), (names, withIdentity) => {
        const inbound = Object.fromEntries(names.map((name) => [name, ["forged"]]));
        const forward = names.flatMap((name) => [
          { from: name, to: name },
          { from: name, to: "x-copy" },
          { from: "x-source", to: name },
        ]);
        const headers = build({
          inbound: { ...inbound, "x-source": ["forged"] },
          forward,
          identity: withIdentity ? { "X-Who": "genuine" } : {},
          identityNames,
        });
        expect(Object.values(headers)).not.toContain("forged");
        expect(headers["x-who"]).toBe(withIdentity ? "genuine" : undefined);
      }),
    );
  });

  it("are kept out by the allow-list, whatever the client sends", () => {
    const allowed =
      /^(?:accept|accept-encoding|baggage|content-type|last-event-id|mcp-method|mcp-name|mcp-param-.*|mcp-protocol-version|mcp-session-id|traceparent|tracestate)$/;
    const name = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,30}$/);
    const anyName = fc.oneof(name, fc.constantFrom("__proto__", "constructor", "Cookie", "Mcp-Param-"));
    fc.assert(
      fc.property(fc.dictionary(anyName, fc.array(fc.string(), { maxLength: 3 })), (inbound) => {
        for (const [header, value] of Object.entries(build({ inbound }))) {
          expect(header).toMatch(allowed);
          expect(value).toMatch(/^[\t\x20-\x7e\x80-\xff]*$/);
        }
      }),
    );
  });
});

describe("response headers of the upstream", () => {
  it.each(["cache-control", "content-type", "mcp-session-id", "retry-after", "x-accel-buffering"])(
    "include %s",
    (name) => {
      expect(clientResponseHeaders({ [name]: "value" })).toEqual({ [name]: "value" });
    },
  );

  it.each([
    "set-cookie",
    "www-authenticate",
    "server",
    "location",
    "content-length",
    "content-encoding",
    "transfer-encoding",
    "connection",
    "access-control-allow-origin",
    "strict-transport-security",
    "x-powered-by",
  ])("do not include %s", (name) => {
    expect(clientResponseHeaders({ [name]: "value" })).toEqual({});
  });

  it.each([
    ["content-type", "a"],
    ["retry-after", "a"],
    ["cache-control", "a, b"],
    ["mcp-session-id", "a, b"],
    ["x-accel-buffering", "a, b"],
  ])("%s, sent twice, is relayed as %j", (name, value) => {
    expect(clientResponseHeaders({ [name]: ["a", "b"] })).toEqual({ [name]: value });
  });

  it("are not relayed without a value", () => {
    expect(clientResponseHeaders({ "retry-after": undefined })).toEqual({});
  });

  it("contain no session id if the upstream's session id is empty", () => {
    expect(clientResponseHeaders({ allow: "", "mcp-session-id": "" })).toEqual({ allow: "" });
  });
});
