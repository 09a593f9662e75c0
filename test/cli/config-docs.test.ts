import { readFileSync } from "node:fs";
import { safeParse } from "valibot";
import { describe, expect, it } from "vitest";
import { generatedFiles } from "../../cli/config-docs.ts";
import { referenceObjects } from "../../cli/config-reference.ts";
import { gatewayConfigSchema } from "../../functions/core/config/gateway-config.ts";
import { serverConfigSchema } from "../../functions/core/config/server-config.ts";
import { settingsSchema } from "../../infra/settings/schema.ts";

const entries = [gatewayConfigSchema, serverConfigSchema, settingsSchema].flatMap((schema) =>
  referenceObjects(schema).flatMap(({ path, entries: keys }) =>
    keys.map((entry) => [path === "" ? entry.key : `${path}.${entry.key}`, entry] as const),
  ),
);

describe("the generated files", () => {
  it.each(Object.entries(generatedFiles()))(
    "%s is up to date (else: npm run docs:config)",
    (path, content) => {
      expect(readFileSync(path, "utf8")).toBe(content);
    },
  );

  it("include the three schemas, the reference page and the page with the settings", () => {
    expect(Object.keys(generatedFiles())).toEqual([
      "config/schema/gateway.schema.json",
      "config/schema/server.schema.json",
      "config/schema/settings.schema.json",
      "docs/configuration.md",
      "docs/deployment.md",
    ]);
  });

  it("reject unknown keys in every object, so that editors mark them", () => {
    const schema = JSON.parse(generatedFiles()["config/schema/server.schema.json"] as string);
    expect(schema).toMatchObject({
      $schema: "http://json-schema.org/draft-07/schema#",
      type: "object",
      additionalProperties: false,
    });
    expect(schema.properties.jwt_validation.additionalProperties).toBe(false);
    expect(schema.properties.jwt_validation.properties.clockTolerance).toMatchObject({
      type: "integer",
      minimum: 0,
      maximum: 300,
      default: 5,
    });
  });

  it("are the schemas that the example files reference", () => {
    expect(JSON.parse(readFileSync("config/gateway.json", "utf8"))["$schema"]).toBe(
      "schema/gateway.schema.json",
    );
    expect(JSON.parse(readFileSync("config/servers/whoami.json", "utf8"))["$schema"]).toBe(
      "../schema/server.schema.json",
    );
  });
});

describe("the reference page", () => {
  it("covers every key of the two configuration blocks", () => {
    const names = entries.map(([name]) => name);
    for (const key of [
      "jwksUri",
      "jwks",
      "introspectEndpoint",
      "introspectContentType",
      "introspectClientId",
      "introspectClientSecret",
      "introspectCacheMaxAge",
      "headerKey",
      "algorithms",
      "clockTolerance",
      "cacheMaxAge",
      "maxTokenAge",
      "requiredClaims",
      "claimValues",
    ]) {
      expect(names).toContain(`jwt_validation.${key}`);
    }
    for (const key of [
      "method",
      "include_claims",
      "header_name",
      "jwt_expiry_seconds",
      "audience",
      "allow_token_passthrough",
    ]) {
      expect(names).toContain(`user_identity_forwarding.${key}`);
    }
  });

  it.each(entries)("explains %s", (_name, entry) => {
    expect(entry.notes.description).toMatch(/\.$/);
  });

  it.each(entries.filter(([, entry]) => entry.notes.examples !== undefined))(
    "shows a valid example of %s",
    (_name, entry) => {
      for (const example of entry.notes.examples ?? [])
        expect(safeParse(entry.schema, example).issues).toBeUndefined();
    },
  );
});
