// Reads single values out of the CDK's context, which holds text from the command line and JSON from cdk.json, and says of
// a bad one what was expected under which name.

/** The context's value of a name; undefined where there is none. */
export type Context = (name: string) => unknown;

/** Readers of one context. All give undefined where the name is not set. */
export type ContextValues = {
  text(name: string): string | undefined;
  /** Separated by commas. */
  list(name: string): string[] | undefined;
  /** @throws Error unless it is a whole number within the bounds */
  number(name: string, least: number, most: number): number | undefined;
  /** @throws Error unless it is `true` or `false` */
  flag(name: string): boolean | undefined;
  /** `key=value`, separated by commas. @throws Error for anything else */
  map(name: string): Record<string, string> | undefined;
};

/** @param context for example `(name) => app.node.tryGetContext(name)` */
export function contextValues(context: Context): ContextValues {
  const text = (name: string): string | undefined => {
    const value = context(name);
    return value === undefined || value === null || value === "" ? undefined : String(value);
  };
  const list = (name: string) =>
    text(name)
      ?.split(",")
      .map((item) => item.trim())
      .filter((item) => item !== "");
  return {
    text,
    list,
    number(name, least, most) {
      const value = text(name);
      if (value === undefined) return undefined;
      const number = Number(value);
      if (/^\d+$/.test(value) && number >= least && number <= most) return number;
      throw expected(name, `a whole number from ${least} to ${most}`, value);
    },
    flag(name) {
      const value = text(name);
      if (value === undefined) return undefined;
      if (value === "true" || value === "false") return value === "true";
      throw expected(name, "true or false", value);
    },
    map(name) {
      const items = list(name)?.map((item) => {
        const [key = "", ...value] = item.split("=");
        if (key === "" || value.length === 0) throw expected(name, "key=value, separated by commas", item);
        return [key, value.join("=")] as const;
      });
      return items && Object.fromEntries(items);
    },
  };
}

/** The error for a setting that cannot be. */
export function expected(name: string, what: string, value: unknown): Error {
  return new Error(`-c ${name} must be ${what}, but is ${JSON.stringify(value)}.`);
}
