// The KMS keys that sign identity JWTs (ES256): made here, one for each generation, and never leaving KMS. Which role may
// sign is written into the keys' own policies, so that no IAM policy of the account alone can give it to another.
import type { RemovalPolicy } from "aws-cdk-lib";
import { AccountRootPrincipal, PolicyDocument, PolicyStatement, type Role } from "aws-cdk-lib/aws-iam";
import { Alias, Key, KeySpec, KeyUsage } from "aws-cdk-lib/aws-kms";
import { Construct } from "constructs";
import { checkGenerations } from "../generation.ts";

/** Which keys there are. */
export interface SigningKeysProps {
  /** Alias of the key that signs, without `alias/`. */
  readonly aliasName: string;
  readonly description: string;
  /** Keys of this stack; the first signs, all are published. */
  readonly generations: readonly string[];
  /** ARNs of keys that the stack does not manage and that stay published. */
  readonly formerKeyArns: readonly string[];
  readonly removalPolicy: RemovalPolicy;
}

/** The gateway's signing keys. */
export class SigningKeys extends Construct {
  /** ARNs for the functions' `SIGNING_KEY_ARNS`; the first signs. */
  readonly arns: readonly string[];
  private readonly keys: readonly Key[];

  constructor(scope: Construct, id: string, props: SigningKeysProps) {
    super(scope, id);
    this.keys = checkGenerations(props.generations, "signingKeys").map(
      (generation) =>
        new Key(this, `Key-${generation}`, {
          description: `${props.description}, generation ${generation}`,
          keySpec: KeySpec.ECC_NIST_P256,
          keyUsage: KeyUsage.SIGN_VERIFY,
          policy: new PolicyDocument({ statements: [administration()] }),
          removalPolicy: props.removalPolicy,
        }),
    );
    const [signing] = this.keys as [Key];
    new Alias(this, "Alias", { aliasName: `alias/${props.aliasName}`, targetKey: signing });
    this.arns = [...this.keys.map(({ keyArn }) => keyArn), ...props.formerKeyArns];
  }

  /**
   * Lets a role sign, and read the public keys for their identifiers. It may sign with every generation of the stack: while a
   * rotation is deployed, function instances with the old and the new first key run side by side.
   */
  grantSign(role: Role): void {
    const resources = this.keys.map(({ keyArn }) => keyArn);
    role.addToPolicy(
      new PolicyStatement({
        sid: "SignIdentities",
        actions: ["kms:GetPublicKey", "kms:Sign"],
        resources,
      }),
    );
    for (const key of this.keys) {
      key.addToResourcePolicy(
        new PolicyStatement({
          sid: "OnlyTheProxySigns",
          principals: [new AccountRootPrincipal()],
          actions: ["kms:Sign"],
          resources: ["*"],
          // By condition rather than as principal: KMS refuses a policy whose principal is not yet known everywhere.
          conditions: { ArnEquals: { "aws:PrincipalArn": role.roleArn } },
        }),
      );
    }
  }

  /** Lets a role read the public keys, former ones included. */
  grantPublish(role: Role): void {
    role.addToPolicy(
      new PolicyStatement({
        sid: "PublishSigningKeys",
        actions: ["kms:GetPublicKey"],
        resources: [...this.arns],
      }),
    );
  }
}

/** What IAM policies of the account can allow: everything that CloudFormation and an administrator need, but not to sign. */
function administration(): PolicyStatement {
  return new PolicyStatement({
    sid: "AdministeredByTheAccount",
    principals: [new AccountRootPrincipal()],
    actions: [
      "kms:CancelKeyDeletion",
      "kms:CreateAlias",
      "kms:DeleteAlias",
      "kms:DescribeKey",
      "kms:DisableKey",
      "kms:EnableKey",
      "kms:GetKeyPolicy",
      // CloudFormation asks for it whatever the key's kind.
      "kms:GetKeyRotationStatus",
      "kms:GetPublicKey",
      "kms:ListKeyPolicies",
      "kms:ListResourceTags",
      "kms:PutKeyPolicy",
      "kms:ScheduleKeyDeletion",
      "kms:TagResource",
      "kms:UntagResource",
      "kms:UpdateAlias",
      "kms:UpdateKeyDescription",
    ],
    // In a key's policy this is the key itself; KMS takes nothing else.
    resources: ["*"],
  });
}
