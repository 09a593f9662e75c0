// Checks what members contribute to a merged result against MCP's types. Strict clients, such as the official one for TypeScript, reject a
// whole result because of one property of another type: with it, one member would make all members' tools unusable. Such a property is omitted.
import * as v from "valibot";
import { isJsonObject } from "../json.ts";
import { isStateless } from "../protocol-era.ts";

const object = v.custom<Record<string, unknown>>(isJsonObject);
const objectOf = <Entries extends v.ObjectEntries>(entries: Entries) => v.pipe(object, v.object(entries));
const objects = v.optional(v.pipe(object, v.record(v.string(), object)));
const text = v.optional(v.string());
const texts = v.optional(v.array(v.string()));
const flag = v.optional(v.boolean());
const number = v.optional(v.number());

const icon = objectOf({
  src: v.string(),
  mimeType: text,
  sizes: texts,
  theme: v.optional(v.picklist(["light", "dark"])),
});
const described = {
  name: v.string(),
  title: text,
  description: text,
  icons: v.optional(v.array(icon)),
  _meta: v.optional(object),
};
const resource = {
  ...described,
  mimeType: text,
  annotations: v.optional(
    objectOf({
      audience: v.optional(v.array(v.picklist(["user", "assistant"]))),
      priority: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
      lastModified: v.optional(v.pipe(v.string(), v.isoTimestamp())),
    }),
  ),
};

/** MCP 2026-07-28. */
const ENTRIES = {
  "tools/list": v.object({
    ...described,
    inputSchema: objectOf({ type: v.literal("object"), properties: v.optional(object), required: texts }),
    outputSchema: v.optional(objectOf({ $schema: text })),
    annotations: v.optional(
      objectOf({
        title: text,
        readOnlyHint: flag,
        destructiveHint: flag,
        idempotentHint: flag,
        openWorldHint: flag,
      }),
    ),
    execution: v.optional(
      objectOf({ taskSupport: v.optional(v.picklist(["required", "optional", "forbidden"])) }),
    ),
  }),
  "prompts/list": v.object({
    ...described,
    arguments: v.optional(
      v.array(objectOf({ name: v.string(), title: text, description: text, required: flag })),
    ),
  }),
  "resources/list": v.object({ ...resource, uri: v.string(), size: number }),
  "resources/templates/list": v.object({ ...resource, uriTemplate: v.string() }),
  "tasks/list": v.object({
    taskId: v.string(),
    status: v.picklist(["working", "input_required", "completed", "failed", "cancelled"]),
    ttl: v.optional(v.nullable(v.number())),
    createdAt: text,
    lastUpdatedAt: text,
    pollInterval: number,
    statusMessage: text,
  }),
};

/** MCP 2025-03-26 to 2025-11-25, in which all output is an object. */
const SESSION_ENTRIES = {
  ...ENTRIES,
  "tools/list": v.object({
    ...ENTRIES["tools/list"].entries,
    outputSchema: v.optional(objectOf({ type: v.literal("object") })),
  }),
};

/** Which entries a list has: its method, and the revision that the request states. */
export type ListForm = { method: keyof typeof ENTRIES; protocolVersion: string | undefined };

function schemaOf({ method, protocolVersion }: ListForm): v.GenericSchema {
  return (isStateless(protocolVersion) ? ENTRIES : SESSION_ENTRIES)[method];
}

/** Properties without which an entry cannot be used. */
const REQUIRED = new Set<string>(["name", "inputSchema", "uri", "uriTemplate", "taskId", "status"]);

const changes = v.optional(objectOf({ listChanged: flag, subscribe: flag }));
const CAPABILITIES = v.object({
  experimental: objects,
  extensions: objects,
  logging: v.optional(object),
  completions: v.optional(object),
  tools: changes,
  prompts: changes,
  resources: changes,
  tasks: v.optional(
    objectOf({
      list: v.optional(object),
      cancel: v.optional(object),
      requests: v.optional(objectOf({ tools: v.optional(objectOf({ call: v.optional(object) })) })),
    }),
  ),
});

/** Whether all clients accept an entry of a list. */
export function isValidEntry(entry: Record<string, unknown>, form: ListForm): boolean {
  return v.is(schemaOf(form), entry);
}

/**
 * An entry without what clients may reject.
 *
 * @param entry an invalid entry as `readJson` returns it
 * @param parsed the same entry with all numbers as doubles
 * @returns undefined if it cannot be used: a property is invalid that it needs
 */
export function repairedEntry(
  entry: Record<string, unknown>,
  parsed: Record<string, unknown>,
  form: ListForm,
): Record<string, unknown> | undefined {
  const { inputSchema } = parsed;
  if (isJsonObject(inputSchema) && inputSchema["type"] === undefined) {
    // Every input is an object, and some servers do not say it.
    const typed = (schema: unknown) => ({ inputSchema: { type: "object", ...(schema as object) } });
    return repairedEntry(
      { ...entry, ...typed(entry["inputSchema"]) },
      { ...parsed, ...typed(inputSchema) },
      form,
    );
  }
  const keys = invalidKeys(parsed, form);
  return keys.some((key) => REQUIRED.has(key)) ? undefined : without(entry, keys);
}

/** The properties of an entry that clients may reject. */
export function invalidKeys(entry: Record<string, unknown>, form: ListForm): string[] {
  return keysOfIssues(schemaOf(form), entry);
}

/** The capabilities of a member that clients accept. */
export function validCapabilities(capabilities: unknown): Record<string, unknown> {
  return isJsonObject(capabilities) ? without(capabilities, invalidCapabilities(capabilities)) : {};
}

/** The capabilities that clients may reject. */
export function invalidCapabilities(capabilities: Record<string, unknown>): string[] {
  return keysOfIssues(CAPABILITIES, capabilities);
}

function without(value: Record<string, unknown>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

function keysOfIssues(schema: v.GenericSchema, value: Record<string, unknown>): string[] {
  const { issues = [] } = v.safeParse(schema, value);
  return [...new Set(issues.map(({ path }) => String(path?.[0]?.key)))];
}
