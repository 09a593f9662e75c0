import { describe, expect, it } from "vitest";
import { plainSecretFaults } from "../../../../../functions/core/config/checks/plain-secrets.ts";
import { faultLines } from "../../../../support/config-blocks.ts";

const faults = (config: unknown) => faultLines({ ok: false, faults: plainSecretFaults(config) });
const KEY = `ghp_${"a1B2c3D4".repeat(5)}`;
const IN_HEADER =
  'looks like a credential in plain text (not shown). Store it in SSM and write "{{ssm:/name}}" here. Replace the credential if this file was shared.';
const PLACEHOLDER =
  'contains an unsupported placeholder, which would be sent literally. Write "{{ssm:/name}}" with the SSM name of the secret.';

describe("plainSecretFaults", () => {
  it("finds a credential by the name of its header, and by its format under any name", () => {
    const headers = { "X-Api-Key": "hunter2", "X-Acme": KEY, Authorization: "Bearer hunter2" };
    expect(faults({ headers, passthrough_headers: { Cookie: "session=1" } })).toEqual([
      `headers.X-Api-Key: ${IN_HEADER}`,
      `headers.X-Acme: ${IN_HEADER}`,
      `headers.Authorization: ${IN_HEADER}`,
      `passthrough_headers.Cookie: ${IN_HEADER}`,
    ]);
  });

  it("accepts references and plain values", () => {
    const headers = {
      Authorization: "Bearer {{ssm:/k}}",
      "X-Api-Key": "{{ssm:/k}}",
      "X-Env": "production",
      "X-Price": "$5 or {five}",
    };
    expect(faults({ url: "https://a.example/mcp?lang=en", headers, claims: ["sub"], none: null })).toEqual(
      [],
    );
  });

  it("finds a known credential format next to a reference", () => {
    expect(faults({ headers: { "X-A": `{{ssm:/k}} ${KEY}` } })).toEqual([`headers.X-A: ${IN_HEADER}`]);
  });

  it.each(["\u0024{API_KEY}", "$API_KEY", "{ssm:/team/key}", "Bearer \u0024{TOKEN}", "{env:KEY}"])(
    "rejects %s, which is not a reference of this gateway",
    (value) => expect(faults({ headers: { "X-Env": value } })).toEqual([`headers.X-Env: ${PLACEHOLDER}`]),
  );

  it("finds a credential in the query of a URL, with matching advice", () => {
    const place = "looks like a credential in plain text (not shown), and URLs end up in logs.";
    expect(
      faults({
        url: "https://a.example/mcp?api_key=hunter2",
        jwt_validation: { jwksUri: ["https://a.example/keys?token=hunter2"] },
      }),
    ).toEqual([
      `url: the query parameter "api_key" ${place} Remove it from the URL and send the credential as a header: "headers": {"X-Api-Key": "{{ssm:/name}}"}, with the header that the server expects. Replace the credential if this file was shared.`,
      `jwt_validation.jwksUri[0]: the query parameter "token" ${place} Remove it from the URL. Replace the credential if this file was shared.`,
    ]);
  });

  it("finds a known credential format in any text except inline keys", () => {
    const message =
      'looks like a credential in plain text (not shown). Remove it; put secrets in "headers" as "{{ssm:/name}}". Replace the credential if this file was shared.';
    expect(
      faults({
        resource_name: KEY,
        jwt_validation: { claimValues: { a: { values: [KEY] } }, jwks: { x: KEY } },
      }),
    ).toEqual([`resource_name: ${message}`, `jwt_validation.claimValues.a.values[0]: ${message}`]);
  });

  it("repeats no secret in its messages", () => {
    const config = { url: `https://a.example/mcp?v=${KEY}`, headers: { "X-Api-Key": KEY }, scope: KEY };
    expect(JSON.stringify(plainSecretFaults(config))).not.toContain(KEY);
  });
});
