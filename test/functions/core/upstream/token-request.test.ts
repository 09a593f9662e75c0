import { describe, expect, it } from "vitest";
import type {
  ConnectionCredential,
  EndpointCredential,
} from "../../../../functions/core/config/upstream/credential.ts";
import {
  assertionClaims,
  connectionRequest,
  endpointRequest,
} from "../../../../functions/core/upstream/token-request.ts";

const ENDPOINT: EndpointCredential = {
  type: "token_exchange",
  tokenUrl: "https://auth.example.com/token",
  client: { id: "gate way", method: "client_secret_basic", secret: "{{ssm:/s}}" },
  resource: "https://tools.example.com",
  audience: "tools",
  scopes: ["a", "b"],
  place: { header: "authorization", format: "Bearer {token}" },
  cacheSeconds: 300,
  extraParameters: {},
  hash: "",
};
const CONNECTION: ConnectionCredential = {
  ...ENDPOINT,
  type: "descope_connection",
  endpoint: "https://api.descope.com/v1/t",
  projectId: "P2abc",
  appId: "linear",
  level: "user",
  connectUrl: undefined,
  managementKey: undefined,
  scopes: [],
};

describe("endpointRequest", () => {
  it("is the token exchange of RFC 8693 with the client's credentials", () => {
    const { url, headers, body } = endpointRequest(
      ENDPOINT,
      { method: "client_secret_basic", secret: "s:e%c" },
      { org: "acme" },
      "a.b.c",
    );
    expect(url).toBe("https://auth.example.com/token");
    expect(headers).toEqual({
      "content-type": "application/x-www-form-urlencoded",
      authorization: `Basic ${Buffer.from("gate%20way:s%3Ae%25c").toString("base64")}`,
    });
    expect(body).toBe(
      "org=acme&grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token=a.b.c&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token&scope=a+b&resource=https%3A%2F%2Ftools.example.com&audience=tools",
    );
  });

  it("omits what is not configured", () => {
    const bare = { ...ENDPOINT, resource: undefined, audience: undefined, scopes: [] };
    const { body } = endpointRequest(bare, { method: "client_secret_post", secret: "s" }, {}, undefined);
    expect(body).toBe("grant_type=client_credentials&client_id=gate+way&client_secret=s");
  });

  it("contains the client id beside its JWT", () => {
    const { headers, body } = endpointRequest(
      ENDPOINT,
      { method: "private_key_jwt", assertion: "x.y.z" },
      {},
      "t",
    );
    expect(headers).not.toHaveProperty("authorization");
    expect(body).toContain(
      "&client_id=gate+way&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=x.y.z",
    );
  });
});

describe("connectionRequest", () => {
  const bodyOf = (change: Partial<ConnectionCredential>, forceRefresh = false) => {
    const owner = { userId: "U2alice", tenant: "T1" };
    const { body } = connectionRequest(
      { ...CONNECTION, ...change },
      "t",
      owner,
      { appId: "x", more: "y" },
      forceRefresh,
    );
    return JSON.parse(body);
  };

  it.each([
    ["user", { userId: "U2alice" }],
    ["user_in_tenant", { userId: "U2alice", tenantId: "T1" }],
    ["tenant", { tenantId: "T1" }],
  ] as const)("sets the owner of the level %s, which no parameter can replace", (level, owner) => {
    expect(bodyOf({ level })).toEqual({ appId: "linear", more: "y", ...owner });
  });

  it("sends scopes, and forces a refresh if the last token was rejected", () => {
    expect(bodyOf({ scopes: ["issues"] }, true)).toMatchObject({
      scopes: ["issues"],
      options: { forceRefresh: true },
    });
  });

  it("authenticates with the project and the credential", () => {
    const { url, headers } = connectionRequest(CONNECTION, "a.b.c", { userId: "u", tenant: "" }, {}, false);
    expect([url, headers["authorization"]]).toEqual(["https://api.descope.com/v1/t", "Bearer P2abc:a.b.c"]);
  });
});

it("assertionClaims are valid for a minute, with the endpoint as audience", () => {
  expect(assertionClaims(ENDPOINT, 1_794_744_000_500, "id")).toEqual({
    iss: "gate way",
    sub: "gate way",
    aud: "https://auth.example.com/token",
    iat: 1_794_744_000,
    exp: 1_794_744_060,
    jti: "id",
  });
});
