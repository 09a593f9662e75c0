// HTML template literals: values that are not HTML are escaped, so that a client's name cannot add markup to the login page.

export type Html = { readonly markup: string };

/** `html` template tag: strings are escaped, `Html` values and lists of them are inserted unchanged. */
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
