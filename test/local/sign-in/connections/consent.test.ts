// Accounts that are connected at the consent page, as a scope mapped to a Connection does at Descope.
import { afterEach, beforeEach, expect, it } from "vitest";
import type { SignInServer } from "../../../../local/sign-in/sign-in-server.ts";
import { startLocalSignIn } from "../../../support/local-sign-in.ts";
import { authorizationRequest, discover } from "../../../support/oauth-requests.ts";
import { signInAs } from "../../../support/sign-in-driver.ts";

const NOTES = { appId: "notes", userId: "U2fridaFree00000000000000001" };
const CALENDAR = { ...NOTES, appId: "calendar", tenantId: "T2freeTenant0000000000000001" };

let server: SignInServer;
beforeEach(async () => {
  server = await startLocalSignIn({
    scopes: ["outbound.token.fetch"],
    connectionApps: [
      { appId: "notes", level: "user", scopes: ["notes:read"] },
      { appId: "calendar", level: "user_in_tenant", scopes: [] },
    ],
  });
});
afterEach(() => server.close());

/** @returns what the consent page offers to connect */
async function signIn(scope: string, consent = true): Promise<string[]> {
  const metadata = await discover(server.issuer);
  const { url } = authorizationRequest(metadata, "local-client", "http://127.0.0.1:1/callback", { scope });
  let offered: string[] = [];
  await signInAs(url, "free", {
    consent,
    onPage: (html) => {
      offered = [...html.matchAll(/name="connect" value="([^"]+)" checked/g)].map(([, appId = ""]) => appId);
    },
  });
  return offered;
}

const connected = () => [NOTES, CALENDAR].map((account) => server.connections.isConnected(account));

it("the consent page offers the accounts of all services once and connects them for the user who signs in", async () => {
  expect(await signIn("openid outbound.token.fetch")).toEqual(["notes", "calendar"]);
  expect(connected()).toEqual([true, true]);
  expect(server.connections.token(NOTES)?.scopes).toEqual(["notes:read"]);
  expect(server.connections.isConnected({ appId: "notes", userId: "U2petraPro000000000000000001" })).toBe(
    false,
  );
  expect(await signIn("openid outbound.token.fetch")).toEqual([]);
});

it("the consent page connects no account if the client does not request the scope, or the user declines", async () => {
  expect(await signIn("openid")).toEqual([]);
  expect(await signIn("openid outbound.token.fetch", false)).toEqual(["notes", "calendar"]);
  expect(connected()).toEqual([false, false]);
});
