// The page behind docs/images/tool-lists.png: what two people's clients get for `tools/list` at one server, above the audit lines of what
// they did.
import { escaped } from "./svg.ts";

/** What a run recorded. Written by `npm run pictures` into docs/images/tool-lists.json. */
export type ToolLists = {
  readonly people: readonly {
    readonly name: string;
    readonly claim: string;
    readonly tools: readonly { readonly name: string; readonly description: string }[];
  }[];
  /** Lines of the proxy's log as they were written, with some of their fields. */
  readonly audit: readonly Readonly<Record<string, unknown>>[];
};

const STYLE = `
  * { box-sizing: border-box }
  body { margin: 0; padding: 20px; font: 14px/1.45 system-ui, sans-serif; color: #1f2933; background: white; width: 1040px }
  .people { display: grid; grid-template-columns: 1fr 1fr; gap: 16px }
  .person, .audit { border: 1px solid #9aa5b1; border-radius: 6px; overflow: hidden }
  h2 { margin: 0; padding: 8px 12px; font-size: 14px; background: #f4f6f8; border-bottom: 1px solid #9aa5b1 }
  h2 small { font-weight: normal; color: #52606d }
  ul { margin: 0; padding: 8px 12px; list-style: none }
  li { padding: 4px 0 } li b { font-family: monospace } li span { color: #52606d }
  .audit { margin-top: 16px }
  pre { margin: 0; padding: 8px 12px; font: 12px/1.6 monospace; white-space: pre-wrap; overflow-wrap: anywhere }
  .allow { color: #1e7b45 } .deny { color: #b3261e }
`;

/** The page. */
export function toolListsPage({ people, audit }: ToolLists): string {
  const lists = people.map(
    ({ name, claim, tools }) =>
      `<div class="person"><h2>${escaped(name)} <small>${escaped(claim)}: tools/list</small></h2><ul>${tools
        .map((tool) => `<li><b>${escaped(tool.name)}</b><br><span>${escaped(tool.description)}</span></li>`)
        .join("")}</ul></div>`,
  );
  const lines = audit.map((line) => {
    const kind = line["decision"] === "allow" ? "allow" : "deny";
    return `<span class="${kind}">${escaped(JSON.stringify(line, null, 1).replaceAll(/\n\s*/g, " "))}</span>`;
  });
  return `<!doctype html><meta charset="utf-8"><title>Two tool lists</title><style>${STYLE}</style><div class="people">${lists.join("")}</div><div class="audit"><h2>Audit lines <small>one for each request in the proxy's log; of its fields those that say who, what and why</small></h2><pre>${lines.join("\n")}</pre></div>`;
}
