// HTML made of template literals: whatever is not already HTML is escaped, so a client cannot put markup into
// the login page through its name.

export type Html = { readonly markup: string };

/** `html` + template: strings are escaped, `Html` values and lists of them go in as they are. */
export function html(parts: TemplateStringsArray, ...values: (string | Html | readonly Html[])[]): Html {
  const filled = values.map((value) => {
    if (typeof value === "string") return escapeHtml(value);
    return "markup" in value ? value.markup : value.map((item) => item.markup).join("");
  });
  return { markup: String.raw({ raw: parts }, ...filled) };
}

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}
