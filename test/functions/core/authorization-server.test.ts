import { describe, expect, it } from "vitest";
import {
  authorizationServerFault,
  authorizationServerMetadataUrls,
} from "../../../functions/core/authorization-server.ts";

const ISSUER = "https://auth.example.com/v1/apps/agentic/P2/MS2";
const DOCUMENT = {
  issuer: ISSUER,
  authorization_endpoint: "https://auth.example.com/authorize",
  token_endpoint: "https://auth.example.com/token",
};

it("looks for the metadata in both well-known locations below the issuer", () => {
  const expected = [
    "https://auth.example.com/v1/.well-known/oauth-authorization-server",
    "https://auth.example.com/v1/.well-known/openid-configuration",
  ];
  expect(authorizationServerMetadataUrls("https://auth.example.com/v1")).toEqual(expected);
  expect(authorizationServerMetadataUrls("https://auth.example.com/v1/")).toEqual(expected);
});

describe("authorizationServerFault", () => {
  it.each([
    ["as it should be", DOCUMENT],
    ["on this machine", { ...DOCUMENT, token_endpoint: "http://127.0.0.1:8788/token" }],
    ["on this machine by name", { ...DOCUMENT, token_endpoint: "http://localhost:8788/token" }],
    ["on this machine by its IPv6 address", { ...DOCUMENT, token_endpoint: "http://[::1]:8788/token" }],
  ])("accepts a metadata document %s", (_case, document) => {
    expect(authorizationServerFault(document, ISSUER)).toBeUndefined();
  });

  it.each([
    ["text", "not a JSON object"],
    [null, "not a JSON object"],
    [[DOCUMENT], "not a JSON object"],
    [{ ...DOCUMENT, issuer: `${ISSUER}/` }, "its issuer is not the one it was asked of"],
    [{ ...DOCUMENT, issuer: undefined }, "its issuer is not the one it was asked of"],
    [{ ...DOCUMENT, token_endpoint: undefined }, "its token_endpoint is not an https URL"],
    [
      { ...DOCUMENT, token_endpoint: "http://auth.example.com/token" },
      "its token_endpoint is not an https URL",
    ],
    [
      { ...DOCUMENT, authorization_endpoint: "javascript:x" },
      "its authorization_endpoint is not an https URL",
    ],
    [
      { ...DOCUMENT, token_endpoint: ["https://auth.example.com/token"] },
      "its token_endpoint is not an https URL",
    ],
    [{ ...DOCUMENT, token_endpoint: "ftp://localhost/token" }, "its token_endpoint is not an https URL"],
    [
      { ...DOCUMENT, authorization_endpoint: "http://localhost.example.com/" },
      "its authorization_endpoint is not an https URL",
    ],
    [{ ...DOCUMENT, authorization_endpoint: "no url" }, "its authorization_endpoint is not an https URL"],
  ])("rejects an invalid metadata document: %j", (document, fault) => {
    expect(authorizationServerFault(document, ISSUER)).toBe(fault);
  });
});
