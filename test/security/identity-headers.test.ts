// Headers that an MCP server trusts, forged by the client. Judged by the bytes that arrive behind the proxy.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { contextOf, principalWith } from "../support/principals.ts";
import { type ProxyOptions, proxyTo } from "../support/proxy-under-test.ts";
import { type Recorder, recordedNames, recordedValues, startRecorder } from "../support/recorder-server.ts";

const GENUINE = '{"sub":"U2alice"}';
const FORGED = '{"sub":"U2admin"}';
const CLAIMS_HEADER = { user_identity_forwarding: { method: "claims_header", include_claims: ["sub"] } };

let downstream: Recorder;

beforeAll(async () => {
  downstream = await startRecorder();
});
afterAll(() => downstream.close());
beforeEach(() => downstream.reset());

/** Sends a request of alice's with these headers, and gives what arrived of it. */
async function arrived(headers: Record<string, string | string[]>, options: ProxyOptions = {}) {
  const proxy = proxyTo(downstream.url, { tools: CLAIMS_HEADER, ...options });
  const authorizer = contextOf(principalWith({ claims: { sub: "U2alice" } }));
  await proxy.send({ headers, authorizer });
  const request = downstream.requests.at(-1);
  if (request === undefined) throw new Error("nothing arrived");
  return request;
}

describe("CVE-2025-64484, GHSA-vjrc-mh2v-45x6 (OAuth2 Proxy): X_Forwarded_User read as X-Forwarded-User", () => {
  it.each([
    "X_User_Claims",
    "x_user_claims",
    "X-User_Claims",
    "X_User-Claims",
    "X_Forwarded_User",
    "X_Forwarded_Email",
    "X_USER_JWT",
  ])("%s is not forwarded in any spelling", async (name) => {
    const request = await arrived({ [name]: FORGED });
    const alike = recordedNames(request).filter((each) => each.toLowerCase().replaceAll("_", "-") !== each);
    expect(alike.filter((each) => each.includes("_"))).toEqual([]);
    expect(recordedValues(request, "x-user-claims")).toEqual([GENUINE]);
    expect(request.rawHeaders.join("\n")).not.toContain("U2admin");
  });

  it.each(["X_Inner_Identity", "x-inner-identity", "X-User_Claims"])(
    "forward_headers cannot forward it either: %s is rejected in the configuration",
    (to) => {
      const identity = { method: "claims_header", header_name: "X-Inner-Identity" };
      const tools = { user_identity_forwarding: identity, forward_headers: [{ from: "X-Who", to }] };
      expect(() => proxyTo(downstream.url, { tools })).toThrow(/a client must not set it/);
    },
  );
});

describe("claim headers forged by case and by repetition (class of bug)", () => {
  it.each<[string, Record<string, string | string[]>]>([
    ["another case", { "x-USER-claims": FORGED }],
    ["twice", { "X-User-Claims": [FORGED, FORGED] }],
    ["two cases", { "X-User-Claims": FORGED, "x-user-claims": FORGED }],
    ["empty and full", { "X-User-Claims": ["", FORGED] }],
    ["with a space behind the name", { "X-User-Claims ": FORGED }],
    ["with a colon in the name", { "X-User-Claims:": FORGED }],
    ["a JSON list to be merged", { "X-User-Claims": `[${FORGED}]` }],
  ])("the upstream gets only the genuine header (forged: %s)", async (_name, headers) => {
    const request = await arrived(headers);
    expect(recordedValues(request, "x-user-claims")).toEqual([GENUINE]);
    expect(request.rawHeaders.join("\n")).not.toContain("U2admin");
  });

  it("a server without identity receives no identity header from a client either", async () => {
    const request = await arrived({ "X-User-Claims": FORGED, "X-User-JWT": "a.b.c" }, { tools: {} });
    expect(request.rawHeaders.join("\n")).not.toMatch(/U2admin|a\.b\.c/);
  });
});

describe("CVE-2024-45410 (Traefik), CVE-2025-48865 (Fabio), CVE-2022-31813 (Apache): Connection names the proxy's own headers", () => {
  it.each([
    "X-User-Claims",
    "x-user-claims, keep-alive",
    "close, X-User-Claims, Content-Type, Accept-Encoding, X-Static",
    "X-User-Claims\t,X-Static",
  ])("Connection: %s removes none of them", async (value) => {
    const tools = { ...CLAIMS_HEADER, headers: { "X-Static": "from the configuration" } };
    const request = await arrived({ Connection: value }, { tools });
    expect(recordedValues(request, "x-user-claims")).toEqual([GENUINE]);
    expect(recordedValues(request, "x-static")).toEqual(["from the configuration"]);
    expect(recordedValues(request, "accept-encoding")).toEqual(["identity"]);
    expect(recordedValues(request, "connection")).toEqual(["keep-alive"]);
  });

  it("a client header that Connection names is not forwarded", async () => {
    const request = await arrived(
      { Connection: "X-Locale", "X-Locale": "de" },
      { tools: { ...CLAIMS_HEADER, forward_headers: ["X-Locale"] } },
    );
    expect(recordedValues(request, "x-locale")).toEqual([]);
  });
});

describe("the gateway's credential forwarded to another server (class of bug)", () => {
  it.each(["Authorization", "Proxy-Authorization", "Cookie", "X-Api-Key", "X-Amz-Security-Token"])(
    "%s of a client reaches no server that should not receive it",
    async (name) => {
      const request = await arrived({ [name]: "Bearer forged" });
      expect(request.rawHeaders.join("\n")).not.toContain("forged");
    },
  );

  it("a client cannot replace a server's configured credential", async () => {
    const tools = {
      ...CLAIMS_HEADER,
      headers: { "X-Api-Key": "configured", "X-Shared": "configured" },
      forward_headers: ["X-Shared"],
    };
    const request = await arrived(
      { "X-Api-Key": "forged", "x-api-KEY": "forged", "X-Shared": "forged" },
      { tools },
    );
    expect(recordedValues(request, "x-api-key")).toEqual(["configured"]);
    expect(recordedValues(request, "x-shared")).toEqual(["configured"]);
  });
});
