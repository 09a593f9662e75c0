// `npm run docs:config`: writes the JSON Schema files, the reference page and the table of settings from the schemas.
import { readFileSync, writeFileSync } from "node:fs";
import { gatewayConfigSchema } from "../functions/core/config/gateway-config.ts";
import { serverConfigSchema } from "../functions/core/config/server-config.ts";
import { settingsSchema } from "../infra/settings/schema.ts";
import { referencePage } from "./config-reference.ts";
import { fileSchema } from "./config-schema.ts";
import { withSettingsTable } from "./settings-reference.ts";

const DEPLOYMENT_PAGE = new URL("../docs/deployment.md", import.meta.url);

/** Content of the generated files and of the page with a generated part, by path in the repository. */
export function generatedFiles(): Record<string, string> {
  return {
    "config/schema/gateway.schema.json": json(
      fileSchema(gatewayConfigSchema, "gateway.json of an MCP gateway"),
    ),
    "config/schema/server.schema.json": json(
      fileSchema(serverConfigSchema, "An MCP server behind a gateway"),
    ),
    "config/schema/settings.schema.json": json(
      fileSchema(settingsSchema, "Deployment settings of one stage of an MCP gateway"),
    ),
    "docs/configuration.md": referencePage(),
    "docs/deployment.md": withSettingsTable(readFileSync(DEPLOYMENT_PAGE, "utf8")),
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

if (import.meta.main) {
  for (const [path, content] of Object.entries(generatedFiles())) {
    writeFileSync(new URL(`../${path}`, import.meta.url), content);
    console.log(`wrote ${path}`);
  }
}
