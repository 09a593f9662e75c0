// The secrets that seal session identifiers, one for each generation. Secrets Manager generates them, so they are never in the template;
// the proxy reads them through Parameter Store like every other secret.
import { RemovalPolicy, Validations } from "aws-cdk-lib";
import { PolicyStatement, type Role } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { type CfnSecret, Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { checkGenerations } from "../generation.ts";
import { parameterArn, SECRETS_MANAGER_REFERENCE } from "./config-access.ts";
import { KEPT_GENERATIONS, KeptGenerations } from "./kept-generations.ts";

/** The settings of the secrets. */
export interface SessionSecretsProps {
  /** Names of the secrets without their generation: `<baseName>-<generation>`. */
  readonly baseName: string;
  readonly description: string;
  /** Whether a parameter of the deployed stack stores the generations in use; otherwise only `generations` decides. */
  readonly kept: boolean;
  /** Generations of this stack's secrets; the first seals new sessions, all open existing ones. */
  readonly generations: readonly string[] | undefined;
  /** SSM names of secrets that the stack does not manage and that still open sessions. */
  readonly formerParameters: readonly string[];
  /** Customer managed key of the secrets; undefined: an AWS managed key. */
  readonly encryptionKey: IKey | undefined;
}

/** The gateway's session secrets. */
export class SessionSecrets extends Construct {
  /** Comma-separated SSM names for the proxy's `SESSION_SECRET_PARAMETERS`; the first seals. */
  readonly parameterList: string;
  /** The parameter with the generations in use; undefined if the code sets them. */
  readonly inUse: KeptGenerations | undefined;
  /** The names that the stack does not manage. */
  readonly formerParameters: readonly string[];
  private readonly own: readonly { generation: string; parameter: string; secret: Secret }[];

  constructor(scope: Construct, id: string, props: SessionSecretsProps) {
    super(scope, id);
    this.inUse = props.kept
      ? new KeptGenerations(scope, "SessionGenerations", {
          setting: "sessionSecrets",
          description: "Generations of the secret that seals session identifiers; the first one seals",
          required: props.generations,
        })
      : undefined;
    const names = this.inUse
      ? KEPT_GENERATIONS
      : checkGenerations(props.generations ?? ["1"], "sessionSecrets");
    this.own = names.map((generation) => {
      const secretName = `${props.baseName}-${generation}`;
      const secret = new Secret(this, `Secret-${generation}`, {
        secretName,
        description: `${props.description}, generation ${generation}`,
        encryptionKey: props.encryptionKey,
        generateSecretString: { passwordLength: 64, excludePunctuation: true },
        // Losing it only ends open sessions, while a retained one would conflict with the name in the next stack.
        removalPolicy: RemovalPolicy.DESTROY,
      });
      Validations.of(secret).acknowledge({
        id: "AwsSolutions-SMG4",
        reason:
          "Rotated by a deployment that adds a generation: a value replaced in place would end every open session.",
      });
      this.inUse?.restrict(secret.node.defaultChild as CfnSecret, generation);
      return { generation, secret, parameter: `${SECRETS_MANAGER_REFERENCE}${secretName}` };
    });
    this.formerParameters = props.formerParameters;
    const parameters = this.own.map(({ parameter }) => parameter) as [string, string];
    const own = this.inUse ? [this.inUse.inOrder({ 1: parameters[0], 2: parameters[1] })] : parameters;
    this.parameterList = [...own, ...props.formerParameters].join(",");
  }

  /** Lets a role read the secrets of this stack. Former secrets are granted with the configured secrets. */
  grantRead(role: Role): void {
    role.addToPolicy(
      new PolicyStatement({
        sid: "ReadSessionSecretParameters",
        actions: ["ssm:GetParameter"],
        resources: this.own.map(({ generation, parameter }) =>
          this.whileInUse(generation, parameterArn(role, parameter)),
        ),
      }),
    );
    role.addToPolicy(
      new PolicyStatement({
        sid: "ReadSessionSecrets",
        actions: ["secretsmanager:GetSecretValue"],
        resources: this.own.map(({ generation, secret }) => this.whileInUse(generation, secret.secretArn)),
      }),
    );
  }

  private whileInUse(generation: string, arn: string): string {
    return this.inUse?.ifInUse(generation, arn) ?? arn;
  }
}
