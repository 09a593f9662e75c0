// Stores the generations of a key or secret that are in use in a CloudFormation parameter of the stack. The template contains both
// generations with a condition for each. So a template of an older version of the code, deployed with the stack's parameter values as
// the CDK does, keeps exactly the generations in use.
import {
  Aws,
  CfnCondition,
  CfnParameter,
  type CfnResource,
  Fn,
  type ICfnConditionExpression,
} from "aws-cdk-lib";
import { Construct } from "constructs";
import { GENERATION_STATES, generationState } from "../generation.ts";

/** The two generations, which alternate. */
export const KEPT_GENERATIONS = ["1", "2"] as const;

/** A value for each of the two generations. */
export type ByGeneration = Readonly<Record<(typeof KEPT_GENERATIONS)[number], string>>;

/** The name of a parameter and its allowed value. */
export interface KeptGenerationsProps {
  /** Name of the setting, such as `signingKeys`. */
  readonly setting: string;
  readonly description: string;
  /** The list that the deployed stack must have; undefined: any list. */
  readonly required: readonly string[] | undefined;
}

/** A parameter with the state of a rotation, and the expressions that use it. */
export class KeptGenerations extends Construct {
  readonly parameter: CfnParameter;
  private readonly onlyFirst: CfnCondition;
  private readonly onlySecond: CfnCondition;
  private readonly firstLeads: CfnCondition;
  private readonly conditions: Readonly<Record<string, CfnCondition>>;

  /** @throws Error for a list that is not one of the states */
  constructor(scope: Construct, id: string, props: KeptGenerationsProps) {
    super(scope, id);
    const { setting, required } = props;
    const only = required && generationState(required, setting);
    this.parameter = new CfnParameter(this, "State", {
      description: `${props.description}. Later deployments keep this value`,
      default: only ?? "1",
      allowedValues: only ? [only] : [...GENERATION_STATES],
      constraintDescription: only
        ? `${setting}=${only} was given, but the deployed stack has another value. Change it with cdk deploy --parameters, or omit the setting`
        : `must be one of ${GENERATION_STATES.join(" | ")}`,
    });
    const isState = (state: string) => Fn.conditionEquals(this.parameter.valueAsString, state);
    const condition = (name: string, expression: ICfnConditionExpression) =>
      new CfnCondition(this, name, { expression });
    this.onlyFirst = condition("OnlyFirst", isState("1"));
    this.onlySecond = condition("OnlySecond", isState("2"));
    this.firstLeads = condition("FirstLeads", Fn.conditionOr(isState("1"), isState("1,2")));
    this.conditions = {
      1: condition("HasFirst", Fn.conditionNot(this.onlySecond)),
      2: condition("HasSecond", Fn.conditionNot(this.onlyFirst)),
    };
  }

  /** Creates a resource only if its generation is in use. */
  restrict(resource: CfnResource, generation: string): void {
    resource.cfnOptions.condition = this.condition(generation);
  }

  /** The value of the first generation. */
  first(values: ByGeneration): string {
    return choose(this.firstLeads, values[1], values[2]);
  }

  /** The values of the generations in use, separated by commas, the first one first. */
  inOrder(values: ByGeneration): string {
    const both = choose(this.firstLeads, `${values[1]},${values[2]}`, `${values[2]},${values[1]}`);
    return choose(this.onlyFirst, values[1], choose(this.onlySecond, values[2], both));
  }

  /** The value of a generation as a list item, which is omitted if the generation is not in use. */
  ifInUse(generation: string, value: string): string {
    return choose(this.condition(generation), value, Aws.NO_VALUE);
  }

  private condition(generation: string): CfnCondition {
    return this.conditions[generation] as CfnCondition;
  }
}

function choose(condition: CfnCondition, yes: string, no: string): string {
  return Fn.conditionIf(condition.logicalId, yes, no).toString();
}
