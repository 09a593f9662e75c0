// The canonical form of tool and prompt names, and of text in URIs, for servers with access rules. Servers trim, normalise or ignore
// invisible characters: a name that a server could read as another name is denied.

/** Longest name in UTF-16 code units. MCP recommends at most 128 for tools; prompts have no bound of their own. */
const MAX_NAME_CHARS = 256;

// Control, format, private-use, unassigned and lone surrogates (C), line and paragraph separators, spaces other than U+0020,
// characters that are not visible (variation selectors, Hangul fillers, the blank Braille pattern), and replacement characters.
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\ufff9-\ufffd]|(?! )\p{Zs}/u;

/**
 * Says why a text is not in canonical form.
 *
 * @returns the end of a sentence "…, with …", or undefined if it is
 */
export function textFault(text: string): string | undefined {
  // Nearly every name; none of the checks below can apply to it.
  if (/^[!-~]+$/.test(text)) return undefined;
  if (text.startsWith(" ") || text.endsWith(" ")) return "without space at its start and end";
  if (INVISIBLE.test(text)) return "without control, format and other invisible characters";
  // UAX #15: `e` with a combining accent and `é` are one name to servers that normalise.
  if (text !== text.normalize("NFC")) return "in Unicode normalization form C";
  return undefined;
}

/**
 * Says why a tool or prompt name is not in canonical form.
 *
 * @returns what is expected of the name, or undefined if it is in that form
 */
export function nameFault(name: string): string | undefined {
  if (name.length > MAX_NAME_CHARS) return `with at most ${MAX_NAME_CHARS} characters`;
  if (name === "") return "that is not empty";
  return textFault(name);
}
