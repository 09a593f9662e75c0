// The keys that the gateway reads in MCP messages, and the other spellings that some servers and clients accept for them. A message with such
// a spelling is rejected, since it is ambiguous: {"name":"a","Name":"b"} is `a` to one reader and `b` to another.

/** Keys of an object, with the tables of those whose values are objects. */
export type KeyTable = { readonly [key: string]: KeyTable | true };

/** The protocol's keys of `_meta`. */
export const META = {
  protocolVersion: "io.modelcontextprotocol/protocolVersion",
  clientInfo: "io.modelcontextprotocol/clientInfo",
  clientCapabilities: "io.modelcontextprotocol/clientCapabilities",
  serverInfo: "io.modelcontextprotocol/serverInfo",
  subscriptionId: "io.modelcontextprotocol/subscriptionId",
  relatedTask: "io.modelcontextprotocol/related-task",
} as const;

/** The lists of a server: the key in the result, and the key that names an entry. */
export const LIST_KEYS = {
  tools: "name",
  prompts: "name",
  resources: "uri",
  resourceTemplates: "uriTemplate",
} as const;

/** Every object of a request, notification or client response that the gateway reads. */
export const MESSAGE_TABLE: KeyTable = {
  jsonrpc: true,
  id: true,
  method: true,
  result: true,
  error: true,
  params: {
    name: true,
    uri: true,
    taskId: true,
    arguments: true,
    cursor: true,
    protocolVersion: true,
    task: { taskId: true, ttl: true },
    ref: { type: true, name: true, uri: true },
    notifications: {
      resourceSubscriptions: true,
      taskIds: true,
      toolsListChanged: true,
      promptsListChanged: true,
      resourcesListChanged: true,
    },
    _meta: {
      progressToken: true,
      [META.protocolVersion]: true,
      [META.clientInfo]: true,
      [META.clientCapabilities]: true,
      [META.relatedTask]: { taskId: true },
    },
  },
};

/**
 * Folds a key for comparison: its letters and digits, in lower case. This covers what JSON libraries treat as equal:
 * - case, in Go's encoding/json, .NET's PropertyNameCaseInsensitive, Jackson's ACCEPT_CASE_INSENSITIVE_PROPERTIES and cJSON, with the long s
 *   (U+017F) and the Kelvin sign (U+212A), which Go folds, and the dotless and dotted i of Turkish locales;
 * - snake_case and kebab-case, in pydantic's populate_by_name (MCP Python SDK), Jackson's and .NET's naming policies;
 * - what follows a NUL, which readers on C strings do not see; white space and invisible characters, which some trim.
 */
export function foldKey(key: string): string {
  if (isPlain(key)) return key.toLowerCase();
  const [visible = ""] = key.split("\0", 1);
  return visible
    .normalize("NFKD")
    .toUpperCase()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, "");
}

/**
 * Longest key that is folded; a longer one counts as misspelled unless it is plain. Folding takes 100 times a key's memory: characters such as
 * U+FDFA become 18.
 */
const FOLDED_MAX_CHARS = 1_024;

/** Whether a key of an object is misspelled. */
export type KeyCheck = (key: string) => boolean;

/**
 * Makes the check of one object's keys.
 *
 * @param keys the protocol's keys of the object
 * @returns a function that is true for a key that some reader accepts, or could accept, for one of them but is spelled differently
 */
export function misspelledKeys(keys: readonly string[]): KeyCheck {
  const spelled = new Set(keys);
  const folded = new Set(keys.map(foldKey));
  const lengths = new Set([...folded].map(({ length }) => length));
  return (key) => {
    // Folding a plain key keeps its length. Most keys are told apart by it, and lists have many.
    if (!lengths.has(key.length) && isPlain(key)) return false;
    return !spelled.has(key) && (key.length > FOLDED_MAX_CHARS || folded.has(foldKey(key)));
  };
}

function isPlain(key: string): boolean {
  for (let at = 0; at < key.length; at++) {
    const code = key.charCodeAt(at);
    const isDigit = code >= 0x30 && code <= 0x39;
    const isLetter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
    if (!isDigit && !isLetter) return false;
  }
  return true;
}

/**
 * Finds a misspelled key in a message.
 *
 * @param message any JSON value
 * @returns true if an object that {@link MESSAGE_TABLE} knows has one
 */
export function hasMisspelledKey(message: unknown): boolean {
  return checkMessage(message);
}

// Pure: the bundles of functions that read no messages leave it out.
const checkMessage = /* @__PURE__ */ checkOf(MESSAGE_TABLE);

function checkOf(table: KeyTable): (value: unknown) => boolean {
  const isMisspelled = misspelledKeys(Object.keys(table));
  const inner = Object.entries(table).flatMap(([key, child]) =>
    child === true ? [] : [{ key, check: checkOf(child) }],
  );
  return (value) => {
    if (value === null || typeof value !== "object") return false;
    const object = value as Record<string, unknown>;
    if (Object.keys(object).some(isMisspelled)) return true;
    return inner.some(({ key, check }) => Object.hasOwn(object, key) && check(object[key]));
  };
}
