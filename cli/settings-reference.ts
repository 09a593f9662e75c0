// Generates the table of deployment settings in docs/deployment.md from their schema.
import { settingsSchema } from "../infra/settings/schema.ts";
import { code, defaultText, referenceObjects, tableRow, typeText } from "./config-reference.ts";
import { entrySchema } from "./config-schema.ts";

const START =
  "<!-- settings: written by `npm run docs:config` from infra/settings/schema.ts; edit the schema, not this table -->\n";
const END = "<!-- end of settings -->\n";

/** The page with a regenerated table. @throws Error if the page lacks the markers */
export function withSettingsTable(page: string): string {
  const [before, rest] = page.split(START);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error("the page has no settings markers");
  return `${before}${START}\n${table()}\n${END}${after}`;
}

function table(): string {
  const [{ entries } = { entries: [] }] = referenceObjects(settingsSchema);
  const rows = entries
    .filter(({ key }) => key !== "$schema")
    .map(({ key, schema, notes }) =>
      tableRow([
        code(key),
        typeText(entrySchema(schema)),
        defaultText(notes, schema),
        code(JSON.stringify(notes.examples?.[0])),
        notes.description,
      ]),
    );
  return `| setting | type | default | example | meaning |\n|---|---|---|---|---|\n${rows.join("\n")}\n`;
}
