// Generates JSON Schema for the configuration files from the valibot schema: draft-07, which editors support best.
import { type JsonSchema, toJsonSchema } from "@valibot/to-json-schema";
import type { GenericSchema } from "valibot";

/** The JSON Schema of one kind of file. Only `config validate` checks URLs and relations between keys. */
export function fileSchema(schema: GenericSchema, title: string): JsonSchema {
  const { $schema, ...body } = entrySchema(schema);
  return { $schema, title, ...body };
}

export function entrySchema(schema: GenericSchema): JsonSchema {
  return toJsonSchema(schema, {
    typeMode: "input",
    // JSON Schema cannot express checks written as code.
    errorMode: "ignore",
    overrideSchema: ({ valibotSchema, jsonSchema }) =>
      valibotSchema.type === "custom" ? { ...jsonSchema, type: "object" } : jsonSchema,
    overrideAction: ({ jsonSchema }) => {
      const { source: _source, defaultNote: _defaultNote, ...rest } = jsonSchema as Record<string, unknown>;
      return rest;
    },
  });
}
