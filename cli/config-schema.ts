// JSON Schema (draft-07, which editors know best) for the configuration files, from the valibot schema.
import { type JsonSchema, toJsonSchema } from "@valibot/to-json-schema";
import type { GenericSchema } from "valibot";

/** The JSON Schema of one kind of file. Checks across keys and of URLs are left to `config validate`. */
export function fileSchema(schema: GenericSchema, title: string): JsonSchema {
  const { $schema, ...body } = entrySchema(schema);
  return { $schema, title, ...body };
}

/** The JSON Schema of any part. */
export function entrySchema(schema: GenericSchema): JsonSchema {
  return toJsonSchema(schema, {
    typeMode: "input",
    // Checks written as code have no counterpart in JSON Schema.
    errorMode: "ignore",
    overrideSchema: ({ valibotSchema, jsonSchema }) =>
      valibotSchema.type === "custom" ? { ...jsonSchema, type: "object" } : jsonSchema,
    overrideAction: ({ jsonSchema }) => {
      const { source: _source, defaultNote: _defaultNote, ...rest } = jsonSchema as Record<string, unknown>;
      return rest;
    },
  });
}
