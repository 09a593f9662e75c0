// The KMS keys that sign identity JWTs (ES256), one for each generation. The key policies name the roles that may sign, so that an IAM
// policy of the account is not enough to allow another role.
import type { RemovalPolicy } from "aws-cdk-lib";
import {
  AccountRootPrincipal,
  Grant,
  type IGrantable,
  PolicyDocument,
  PolicyStatement,
  type Role,
} from "aws-cdk-lib/aws-iam";
import { Alias, type CfnAlias, type CfnKey, type IKey, Key, KeySpec, KeyUsage } from "aws-cdk-lib/aws-kms";
import { Construct } from "constructs";
import { checkGenerations } from "../generation.ts";
import { type ByGeneration, KEPT_GENERATIONS, KeptGenerations } from "./kept-generations.ts";

/** The settings of the keys. */
export interface SigningKeysProps {
  /** Alias of the key that signs, without `alias/`. */
  readonly aliasName: string;
  readonly description: string;
  /** Whether a parameter of the deployed stack stores the generations in use; otherwise only `generations` decides. */
  readonly kept: boolean;
  /** Generations of this stack's keys; the first signs, all are published. */
  readonly generations: readonly string[] | undefined;
  /** Keys that the stack does not manage but that stay published. */
  readonly formerKeys: readonly IKey[];
  readonly removalPolicy: RemovalPolicy;
}

/** The gateway's signing keys. */
export class SigningKeys extends Construct {
  /** Comma-separated ARNs for the functions' `SIGNING_KEY_ARNS`; the first signs. */
  readonly arnList: string;
  /** The parameter with the generations in use; undefined if the code sets them. */
  readonly inUse: KeptGenerations | undefined;
  /** The first generation's key comes first. */
  readonly keys: readonly Key[];
  /** ARNs of the stack's keys, as items of a list. */
  private readonly ownArns: readonly string[];
  private readonly formerKeyArns: readonly string[];

  constructor(scope: Construct, id: string, props: SigningKeysProps) {
    super(scope, id);
    const { generations } = props;
    this.formerKeyArns = props.formerKeys.map(({ keyArn }) => keyArn);
    this.inUse = props.kept
      ? new KeptGenerations(scope, "SigningKeyGenerations", {
          setting: "signingKeys",
          description: "Generations of the key that signs identity JWTs; the first one signs",
          required: generations,
        })
      : undefined;
    const names = this.inUse ? KEPT_GENERATIONS : checkGenerations(generations ?? ["1"], "signingKeys");
    this.keys = names.map(
      (generation) =>
        new Key(this, `Key-${generation}`, {
          description: `${props.description}, generation ${generation}`,
          keySpec: KeySpec.ECC_NIST_P256,
          keyUsage: KeyUsage.SIGN_VERIFY,
          policy: new PolicyDocument({ statements: [administration()] }),
          removalPolicy: props.removalPolicy,
        }),
    );
    const [signing, other] = this.keys as [Key, Key];
    const alias = new Alias(this, "Alias", { aliasName: `alias/${props.aliasName}`, targetKey: signing });
    const arns = this.keys.map(({ keyArn }) => keyArn);
    if (this.inUse === undefined) {
      this.ownArns = arns;
      this.arnList = [...arns, ...this.formerKeyArns].join(",");
      return;
    }
    const { inUse } = this;
    const byGeneration: ByGeneration = { 1: signing.keyArn, 2: other.keyArn };
    for (const [index, key] of this.keys.entries()) {
      inUse.restrict(key.node.defaultChild as CfnKey, names[index] as string);
    }
    (alias.node.defaultChild as CfnAlias).targetKeyId = inUse.first(byGeneration);
    this.ownArns = arns.map((arn, index) => inUse.ifInUse(names[index] as string, arn));
    this.arnList = [inUse.inOrder(byGeneration), ...this.formerKeyArns].join(",");
  }

  /**
   * Lets a function that forwards requests sign, and read the public keys for their identifiers. It may sign with every generation of the stack: during the
   * deployment of a rotation, function instances with the old and the new first key run at the same time.
   *
   * @param sid of the statement in the key policies, different for each function
   */
  grantProxySign(role: Role, sid: string): void {
    role.addToPolicy(
      new PolicyStatement({
        sid: "SignIdentities",
        actions: ["kms:GetPublicKey", "kms:Sign"],
        resources: [...this.ownArns],
      }),
    );
    this.allowSigning(role.roleArn, sid);
  }

  /**
   * Lets another role of the account sign with the gateway's keys.
   *
   * @throws Error for a grantee that is neither a role nor a user
   */
  grantSign(grantee: IGrantable): Grant {
    const arn = [grantee.grantPrincipal.policyFragment.principalJson["AWS"]].flat()[0];
    if (arn === undefined)
      throw new Error("grantSign requires a role or a user: the key policies name it by its ARN.");
    this.allowSigning(String(arn), undefined);
    return Grant.addToPrincipal({
      grantee,
      actions: ["kms:GetPublicKey", "kms:Sign"],
      resourceArns: [...this.ownArns],
    });
  }

  /** Names a principal in the key policies, without which IAM policies of the account allow no signing. */
  private allowSigning(principalArn: string, sid: string | undefined): void {
    for (const key of this.keys) {
      key.addToResourcePolicy(
        new PolicyStatement({
          sid,
          principals: [new AccountRootPrincipal()],
          actions: ["kms:Sign"],
          resources: ["*"],
          // As a condition, not as the principal: KMS rejects a policy with a principal that has not propagated yet.
          conditions: { ArnEquals: { "aws:PrincipalArn": principalArn } },
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
        resources: [...this.ownArns, ...this.formerKeyArns],
      }),
    );
  }
}

/** What IAM policies of the account can allow: everything that CloudFormation and an administrator need, except signing. */
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
      // CloudFormation calls it for every kind of key.
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
    // In a key policy this means the key itself; KMS accepts nothing else.
    resources: ["*"],
  });
}
