// The curation blocks of a server file (`tools`, `prompts`, `resources`): which names of a server exist for clients, under which names and descriptions, and the
// definitions that were approved. Keys are always the server's own names.

import * as v from "valibot";
import { nameFault } from "../canonical-name.ts";
import { namePattern, uriPattern, uriPatternFault } from "./access-rules.ts";
import { describeValue, quoteText } from "./faults.ts";
import {
  checkedText,
  choice,
  closedObject,
  expected,
  faultPath,
  filledList,
  flag,
  list,
  namedEntries,
  optionalKey,
  textField,
} from "./fields.ts";

/** A pin: SHA-256 of a tool's definition, as `definitionHash` makes it. */
const PIN = /^sha256-[A-Za-z0-9_-]{43}$/;
/** Most pins of one tool. */
export const MAX_PINS = 8;

const ONLY_TOOLS = "Only tools have it. Remove it.";

function exactNameFault(name: string): string | undefined {
  const fault = nameFault(name);
  if (fault !== undefined) return `expected a name ${fault}, got ${quoteText(name)}.`;
  return name.includes("*")
    ? `expected one exact name, got the glob ${quoteText(name)}. Add an entry for each name.`
    : undefined;
}

function exactUriFault(uri: string): string | undefined {
  return uri.includes("*")
    ? `expected one exact URI, got the glob ${quoteText(uri)}. Add an entry for each URI.`
    : uriPatternFault(uri);
}

function exactName() {
  return checkedText("a name", exactNameFault);
}

function hint(description: string) {
  return optionalKey(flag(), { description, examples: [true], source: "MCP", defaultNote: "not sent" });
}

const pinHash = checkedText("a hash", (text) =>
  PIN.test(text)
    ? undefined
    : `expected "sha256-" and 43 characters of base64url, got ${quoteText(text)}. The command "config pin" writes it.`,
);

const pinHashes = v.pipe(
  filledList(pinHash, "hashes"),
  v.maxLength(MAX_PINS, ({ received }) => `expected at most ${MAX_PINS} hashes, got ${received}.`),
  v.checkItems(
    (hash, index, hashes) => hashes.indexOf(hash) === index,
    "is in the list already. Remove one of the two.",
  ),
);

const title = optionalKey(textField(), {
  description: "Title shown by clients.",
  examples: ["Search notes"],
  source: "MCP",
  defaultNote: "the server's",
});

const description = optionalKey(
  v.pipe(v.string(expected("a text")), v.minLength(1, expected("a non-empty text"))),
  {
    description: "Description, which models read.",
    examples: ["Searches the notes of the signed-in user."],
    source: "MCP",
    defaultNote: "the server's",
  },
);

const annotations = optionalKey(
  closedObject({
    title: optionalKey(textField(), {
      description: "Title for clients of MCP 2025-03-26.",
      examples: ["Search notes"],
      source: "MCP",
      defaultNote: "not sent",
    }),
    readOnlyHint: hint("The tool changes nothing."),
    destructiveHint: hint("The tool may delete or overwrite."),
    idempotentHint: hint("Repeating a call has no further effect."),
    openWorldHint: hint("The tool reaches systems outside the server's own."),
  }),
  {
    description: "Annotations of the tool. Replaces the server's whole object.",
    examples: [{ readOnlyHint: true }],
    source: "MCP",
    defaultNote: "the server's",
  },
);

const renames = v.pipe(
  namedEntries(exactName(), exactName()),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed || dataset.issues !== undefined) return;
    const taken = new Map<string, string>();
    for (const [real, client] of Object.entries(dataset.value)) {
      const other = taken.get(client);
      taken.set(client, real);
      const message =
        other !== undefined
          ? `${quoteText(other)} has this name already. Choose another one.`
          : real === client
            ? "is the server's own name. Remove the entry."
            : undefined;
      if (message !== undefined) addIssue({ message, path: faultPath(real) });
    }
  }),
);

function accessKeys<Pattern extends ReturnType<typeof namePattern>>(
  pattern: Pattern,
  what: string,
  example: string,
) {
  return {
    allow: optionalKey(list(pattern, "names or globs"), {
      description: `Only these ${what} exist for clients, by exact name or glob. An empty list hides all.`,
      examples: [[example]],
      defaultNote: `all ${what}`,
    }),
    deny: optionalKey(list(pattern, "names or globs"), {
      description: `These ${what} do not exist for clients. Takes precedence over \`allow\`.`,
      examples: [[example]],
      default: [],
    }),
  };
}

function renameKey(what: string, example: object) {
  return optionalKey(renames, {
    description: `Names for clients, by the server's name. All other settings, rules and limits use the server's name. A ${what} of the server that already has a client name of this list cannot be reached.`,
    examples: [example],
    default: {},
  });
}

/** `tools`. */
export const toolCurationSchema = v.pipe(
  closedObject({
    ...accessKeys(namePattern(), "tools", "search_*"),
    rename: renameKey("tool", { search: "search_notes" }),
    describe: optionalKey(namedEntries(exactName(), closedObject({ title, description, annotations })), {
      description: "Replaces title, description and annotations in lists, by the server's name.",
      examples: [{ search: { title: "Search notes" } }],
      default: {},
    }),
    pin: optionalKey(
      namedEntries(
        exactName(),
        v.union(
          [pinHash, pinHashes],
          ({ input }) => `expected a hash or a list of hashes, got ${describeValue(input)}.`,
        ),
      ),
      {
        description:
          "SHA-256 of the tool's definition that was approved, by the server's name; a list of 1 to 8 if several are. The command `config pin` writes it.",
        examples: [{ search: "sha256-zQ4kZ0eB0m0g7l1Jx3oGm9uFJmCq8QWmQh1r5k2sVdE" }],
        default: {},
      },
    ),
    on_change: optionalKey(choice(["deny", "warn"]), {
      description:
        "What happens to a pinned tool whose definition has changed: `deny` hides it and denies its calls, `warn` keeps it. Both are logged and counted.",
      examples: ["warn"],
      default: "deny",
    }),
  }),
  shadowCheck(),
);

/** `prompts`. */
export const promptCurationSchema = v.pipe(
  closedObject(
    {
      ...accessKeys(namePattern(), "prompts", "summary_*"),
      rename: renameKey("prompt", { summary: "summarize_notes" }),
      describe: optionalKey(
        namedEntries(exactName(), closedObject({ title, description }, { annotations: ONLY_TOOLS })),
        {
          description: "Replaces title and description in lists, by the server's name.",
          examples: [{ summary: { title: "Summarize" } }],
          default: {},
        },
      ),
    },
    { pin: ONLY_TOOLS, on_change: ONLY_TOOLS },
  ),
  shadowCheck(),
);

/** `resources`. */
export const resourceCurationSchema = closedObject(
  {
    ...accessKeys(uriPattern(), "resources", "docs://public/*"),
    describe: optionalKey(
      namedEntries(
        checkedText("a URI", exactUriFault),
        closedObject({ title, description }, { annotations: ONLY_TOOLS }),
      ),
      {
        description: "Replaces title and description in lists, by exact URI.",
        examples: [{ "docs://public/a.txt": { title: "Introduction" } }],
        default: {},
      },
    ),
  },
  {
    rename: "URIs cannot be renamed. Remove it.",
    pin: ONLY_TOOLS,
    on_change: ONLY_TOOLS,
  },
);

type NamesOfBlock = {
  rename: Readonly<Record<string, string>>;
  allow?: readonly string[] | undefined;
  describe: object;
  pin?: object;
};

/** A client name that is known to be another name of the server would make that one unreachable. */
function shadowCheck<Block extends NamesOfBlock>() {
  return v.rawCheck<Block>(({ dataset, addIssue }) => {
    if (!dataset.typed || dataset.issues !== undefined) return;
    const { rename, allow = [], describe, pin = {} } = dataset.value;
    const known = new Set([...allow, ...Object.keys(describe), ...Object.keys(pin)]);
    for (const [real, client] of Object.entries(rename)) {
      if (!known.has(client) || Object.hasOwn(rename, client)) continue;
      const message = `${quoteText(client)} is the server's name of another entry, which could not be reached. Rename that one too, or choose another name.`;
      addIssue({ message, path: faultPath("rename", real) });
    }
  });
}

/** `tools` or `prompts`, with defaults. */
export type NameBlock = v.InferOutput<typeof toolCurationSchema> | v.InferOutput<typeof promptCurationSchema>;
/** `resources`, with defaults. */
export type ResourceBlock = v.InferOutput<typeof resourceCurationSchema>;

/** The curation blocks of a server file. */
export type CurationBlocks = {
  tools?: v.InferOutput<typeof toolCurationSchema> | undefined;
  prompts?: v.InferOutput<typeof promptCurationSchema> | undefined;
  resources?: ResourceBlock | undefined;
};
