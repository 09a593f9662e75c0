// Authorization server metadata against a real endpoint on loopback. Time is the test's.
import { afterEach, beforeEach, expect, it } from "vitest";
import {
  type AuthorizationServers,
  createAuthorizationServers,
} from "../../../functions/platform/authorization-servers.ts";
import { type LoopbackServer, startHttp } from "../../support/loopback-server.ts";
import { recordLog } from "../../support/recorded-log.ts";

const MINUTE_MS = 60_000;
let server: LoopbackServer;
let issuer: string;
let asked: string[];
/** by the last part of the path */
let documents: Record<string, object | undefined>;
let clock: number;
let servers: AuthorizationServers;

beforeEach(async () => {
  asked = [];
  clock = 1_000_000;
  server = await startHttp((request, response) => {
    const name = request.url?.split("/").at(-1) ?? "";
    asked.push(name);
    const document = documents[name];
    response.writeHead(document ? 200 : 404).end(JSON.stringify(document ?? {}));
  });
  issuer = `http://127.0.0.1:${server.port}/v1/apps/agentic/P2/MS2`;
  documents = { "oauth-authorization-server": document() };
  servers = createAuthorizationServers(recordLog(), () => clock);
});
afterEach(() => server.close());

function document(more: object = {}): object {
  return { issuer, authorization_endpoint: `${issuer}/a`, token_endpoint: `${issuer}/t`, ...more };
}

it("fetches the authorization server metadata at most once in ten minutes", async () => {
  const responses = await Promise.all([servers.metadata(issuer), servers.metadata(issuer)]);
  expect(responses).toEqual([document(), document()]);
  clock += 10 * MINUTE_MS - 1;
  await servers.metadata(issuer);
  expect(asked).toEqual(["oauth-authorization-server"]);
  documents = { "oauth-authorization-server": document({ scopes_supported: ["openid"] }) };
  clock += 1;
  expect(await servers.metadata(issuer)).toEqual(document({ scopes_supported: ["openid"] }));
});

it("reads the OpenID discovery document if there is no OAuth metadata document", async () => {
  documents = { "openid-configuration": document() };
  expect(await servers.metadata(issuer)).toEqual(document());
});

it("never returns the metadata of another issuer", async () => {
  documents = { "oauth-authorization-server": document({ issuer: "https://evil.example.com" }) };
  expect(await servers.metadata(issuer)).toBeUndefined();
});

it("serves the metadata for an hour while the issuer does not respond, and retries at most every five seconds", async () => {
  await servers.metadata(issuer);
  documents = {};
  asked = [];
  clock += 30 * MINUTE_MS;
  expect(await servers.metadata(issuer)).toEqual(document());
  clock += 4_999;
  await servers.metadata(issuer);
  expect(asked).toEqual(["oauth-authorization-server", "openid-configuration"]);
  clock += 30 * MINUTE_MS;
  expect(await servers.metadata(issuer)).toBeUndefined();
});

it("returns undefined if the issuer refuses connections", async () => {
  await server.close();
  expect(await servers.metadata(issuer)).toBeUndefined();
});
