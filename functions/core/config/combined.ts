// The `combined` block of gateway.json: one endpoint, `/mcp`, for several servers. Which names are unambiguous is decided here, without the
// server files, so that a later server file cannot make a valid gateway.json invalid.

import * as v from "valibot";
import { describeValue, quoteText } from "./faults.ts";
import {
  checked,
  choice,
  closedObject,
  expected,
  list,
  optionalKey,
  requiredKey,
  type ValueFault,
} from "./fields.ts";

const SEPARATOR = /^[A-Za-z0-9_.-]{0,8}$/;
/** Begins with a character that no server name has, so that the first separator of a name ends the server's name. */
const ALWAYS_CLEAR = /^[A-Z_.]/;
const NO_PREFIX = `"" adds no prefix to names, so it needs a list of exactly one server. Remove "separator", or list one server.`;

const serverList = v.union(
  [v.literal("all"), list(v.string(expected("a server name")), "server names")],
  ({ input }) => {
    const advice = typeof input === "string" && input !== "" ? ` Write [${quoteText(input)}].` : "";
    return `expected "all" or a list of server names in square brackets, got ${describeValue(input)}.${advice}`;
  },
);

/** `combined`. */
export const combinedSchema = v.pipe(
  closedObject({
    servers: requiredKey(serverList, {
      description:
        'The members: servers that clients reach at `/mcp`, in the order of lists, or `"all"` for every enabled server, sorted by name.',
      examples: [["notes", "reports"], "all"],
    }),
    separator: optionalKey(
      v.pipe(
        v.string(expected("a string")),
        v.regex(SEPARATOR, expected('at most 8 letters, digits, "_", "." or "-", such as "__"')),
      ),
      {
        description:
          'Stands between a member\'s name and the name of its tool or prompt: `notes__search`. Up to 8 letters, digits, `_`, `.` and `-`. `""` adds no prefix and needs a list of one server.',
        examples: ["__"],
        default: "__",
      },
    ),
    on_unavailable: optionalKey(choice(["omit", "fail"]), {
      description:
        "What happens if a member has no part in a list, `initialize` or `server/discover`: `omit` leaves it out and names it in `_meta`, `fail` makes the whole request fail.",
      examples: ["fail"],
      default: "omit",
    }),
  }),
  checked(({ servers, separator }) => {
    if (!SEPARATOR.test(separator)) return [];
    return servers === "all" ? allFaults(separator) : listFaults(servers, separator);
  }),
);

function allFaults(separator: string): ValueFault[] {
  if (separator === "") return [{ path: ["separator"], message: NO_PREFIX }];
  if (ALWAYS_CLEAR.test(separator)) return [];
  const message = `with "servers": "all", expected a separator that begins with "_", "." or a capital letter, got ${quoteText(separator)}: server names can contain its first character, so that a name could mean two servers.`;
  return [{ path: ["separator"], message }];
}

function listFaults(servers: readonly string[], separator: string): ValueFault[] {
  if (servers.length === 0) {
    const message = `expected "all" or at least one server name, got an empty array. Without members, remove "combined".`;
    return [{ path: ["servers"], message }];
  }
  const repeated = servers.flatMap((name, index): ValueFault[] =>
    servers.indexOf(name) === index
      ? []
      : [{ path: ["servers", index], message: `${quoteText(name)} is listed twice. Remove one.` }],
  );
  if (repeated.length > 0) return repeated;
  if (separator === "") {
    return servers.length === 1 ? [] : [{ path: ["separator"], message: NO_PREFIX }];
  }
  const pair = ambiguousPair(servers, separator);
  if (pair === undefined) return [];
  const [first, second] = pair.map((name) => quoteText(name + separator));
  const message = `makes names ambiguous: those of one server begin with ${first}, those of another with ${second}. Use a separator that begins with "_", "." or a capital letter.`;
  return [{ path: ["separator"], message }];
}

function ambiguousPair(servers: readonly string[], separator: string): [string, string] | undefined {
  for (const a of servers) {
    const b = servers.find((other) => other !== a && (other + separator).startsWith(a + separator));
    if (b !== undefined) return [a, b];
  }
  return undefined;
}
