// A template as CloudFormation applies it with given parameter values: conditions evaluated, everything else unchanged.

type Json = unknown;

/** A template as JSON. */
export type TemplateJson = {
  Parameters?: Record<string, { Default?: string; AllowedValues?: string[]; ConstraintDescription?: string }>;
  Conditions?: Record<string, Json>;
  Resources: Record<string, { Type: string; Condition?: string; Properties?: Json; DeletionPolicy?: string }>;
  Outputs?: Record<string, Json>;
};

const NO_VALUE = Symbol("AWS::NoValue");

/**
 * Applies parameter values; a parameter without one has its default.
 *
 * @throws Error for a value that the template does not allow, as CloudFormation would
 */
export function deployedTemplate(
  template: TemplateJson,
  given: Readonly<Record<string, string>> = {},
): TemplateJson {
  const { Parameters = {}, Conditions = {}, Resources, ...rest } = template;
  const parameter = (name: string) => given[name] ?? Parameters[name]?.Default ?? "";
  for (const [name, { AllowedValues, ConstraintDescription }] of Object.entries(Parameters)) {
    if (AllowedValues !== undefined && !AllowedValues.includes(parameter(name))) {
      throw new Error(`Parameter '${name}' failed to satisfy constraint: ${ConstraintDescription}`);
    }
  }
  const holds = (expression: Json): boolean => {
    const [[name, argument] = ["", undefined]] = Object.entries(expression as Record<string, Json>);
    const items = argument as Json[];
    if (name === "Condition") return holds(Conditions[String(argument)]);
    if (name === "Fn::Not") return !holds(items[0]);
    if (name === "Fn::Or") return items.some(holds);
    const [{ Ref }, value] = items as [{ Ref: string }, string];
    return parameter(Ref) === value;
  };
  const decide = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(decide).filter((item) => item !== NO_VALUE);
    if (typeof value !== "object" || value === null) return value;
    const { "Fn::If": choice, Ref } = value as Record<string, Json>;
    if (Ref === "AWS::NoValue") return NO_VALUE;
    if (Array.isArray(choice)) return decide(holds({ Condition: choice[0] }) ? choice[1] : choice[2]);
    const decided = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, decide(item)]));
    return joinedText(decided) ?? decided;
  };
  const kept = Object.entries(Resources).filter(
    ([, { Condition }]) => Condition === undefined || holds({ Condition }),
  );
  return { ...(decide(rest) as object), Resources: decide(Object.fromEntries(kept)) } as TemplateJson;
}

/** Replaces a join of strings by one string. */
function joinedText({ "Fn::Join": join }: Record<string, Json>): string | undefined {
  if (!Array.isArray(join)) return undefined;
  const [separator, parts] = join as [string, Json[]];
  return Array.isArray(parts) && parts.every((part) => typeof part === "string")
    ? parts.join(separator)
    : undefined;
}
