import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SignInServer } from "../../../local/sign-in/sign-in-server.ts";
import { startLocalSignIn } from "../../support/local-sign-in.ts";
import { authorizationRequest, discover, type Metadata, register } from "../../support/oauth-requests.ts";
import { signInAs } from "../../support/sign-in-driver.ts";

let server: SignInServer;
let metadata: Metadata;

beforeAll(async () => {
  server = await startLocalSignIn();
  metadata = await discover(server.issuer);
});
afterAll(() => server.close());

const registered = (fields: Record<string, unknown>) => register(metadata.registration_endpoint, fields);

describe("dynamic registration", () => {
  it("needs no token and returns no secret to a public client", async () => {
    const response = await registered({
      client_name: "Claude Code",
      redirect_uris: ["http://localhost:54545/callback"],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    });
    expect(response.status).toBe(201);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(await response.json()).toEqual({
      client_id: expect.any(String),
      client_id_issued_at: expect.any(Number),
      client_name: "Claude Code",
      application_type: "native",
      grant_types: ["authorization_code", "refresh_token"],
      id_token_signed_response_alg: "RS256",
      redirect_uris: ["http://localhost:54545/callback"],
      require_auth_time: false,
      response_types: ["code"],
      subject_type: "public",
      token_endpoint_auth_method: "none",
    });
  });

  it("returns a secret to a client that names no authentication method (RFC 7591 section 2)", async () => {
    const response = await registered({ redirect_uris: ["https://app.example/callback"] });
    expect(await response.json()).toMatchObject({
      token_endpoint_auth_method: "client_secret_basic",
      client_secret: expect.any(String),
      grant_types: ["authorization_code", "refresh_token"],
    });
  });

  it.each([
    "cursor://anysphere.cursor-mcp/oauth/callback",
    "vscode://vscode.microsoft-authentication",
    "http://127.0.0.1:33418/",
    "http://[::1]:33418/callback",
    "https://vscode.dev/redirect",
  ])("accepts the redirect URI %s", async (uri) => {
    const response = await registered({ redirect_uris: [uri], token_endpoint_auth_method: "none" });
    expect(response.status).toBe(201);
  });

  it("accepts https and loopback redirect URIs from a web client", async () => {
    const redirect_uris = ["https://app.example/callback", "http://localhost:6274/oauth/callback"];
    expect((await registered({ application_type: "web", redirect_uris })).status).toBe(201);
  });

  it.each([undefined, "web"])(
    "rejects plain http beyond loopback (application_type %s)",
    async (application_type) => {
      const response = await registered({ application_type, redirect_uris: ["http://app.example/callback"] });
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({
        error: "invalid_redirect_uri",
        error_description:
          "redirect_uris must use https, or http on loopback (127.0.0.1, [::1], localhost), or a custom scheme of the app, but got http://app.example",
      });
    },
  );

  it("rejects a scheme that runs code", async () => {
    const response = await registered({ redirect_uris: ["javascript:alert(1)"] });
    expect(await response.json()).toMatchObject({ error: "invalid_redirect_uri" });
  });

  it("drops grant types that it does not support", async () => {
    const response = await registered({
      redirect_uris: ["http://127.0.0.1:1/"],
      grant_types: ["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"],
    });
    expect(await response.json()).toMatchObject({ grant_types: ["authorization_code"] });
  });

  it("keeps software_id, which clients identify themselves with", async () => {
    const response = await registered({
      redirect_uris: ["http://127.0.0.1:1/"],
      software_id: "2B2C",
      scope: "x",
    });
    expect(await response.json()).toMatchObject({ software_id: "2B2C" });
  });

  it("lets a client sign in on another loopback port than it registered", async () => {
    const response = await registered({
      redirect_uris: ["http://127.0.0.1:1000/callback"],
      token_endpoint_auth_method: "none",
    });
    const { client_id } = (await response.json()) as { client_id: string };
    const { url } = authorizationRequest(metadata, client_id, "http://127.0.0.1:2000/callback");
    expect((await signInAs(url, "free")).href).toMatch(/^http:\/\/127\.0\.0\.1:2000\/callback\?code=/);
  });

  it("lets a client request more scopes than it registered with", async () => {
    const response = await registered({
      redirect_uris: ["http://127.0.0.1:1000/callback"],
      token_endpoint_auth_method: "none",
      scope: "tools:read",
    });
    const { client_id } = (await response.json()) as { client_id: string };
    const scope = "tools:read tools:write";
    const { url } = authorizationRequest(metadata, client_id, "http://127.0.0.1:1000/callback", { scope });
    expect((await signInAs(url, "free")).searchParams.get("error")).toBeNull();
  });
});
