// `npm run docs:config`: writes the JSON Schema files and the reference page from the configuration schema.
import { writeFileSync } from "node:fs";
import { gatewayConfigSchema } from "../functions/core/config/gateway-config.ts";
import { serverConfigSchema } from "../functions/core/config/server-config.ts";
import { referencePage } from "./config-reference.ts";
import { fileSchema } from "./config-schema.ts";

/** The generated files: path in the repository to content. */
export function generatedFiles(): Record<string, string> {
  return {
    "config/schema/gateway.schema.json": json(
      fileSchema(gatewayConfigSchema, "gateway.json of an MCP gateway"),
    ),
    "config/schema/server.schema.json": json(
      fileSchema(serverConfigSchema, "A downstream server of an MCP gateway"),
    ),
    "docs/configuration.md": referencePage(),
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
