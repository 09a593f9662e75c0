// CloudFront in front of the API: a host name without a custom domain, and `WWW-Authenticate` under its standard name. Nothing is cached,
// all methods and headers are forwarded, and the API only accepts requests of this distribution.
import { Duration, RemovalPolicy, SecretValue, Stack, Token, Validations } from "aws-cdk-lib";
import type { RestApi } from "aws-cdk-lib/aws-apigateway";
import type { ICertificate } from "aws-cdk-lib/aws-certificatemanager";
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  experimental,
  HttpVersion,
  LambdaEdgeEventType,
  OriginProtocolPolicy,
  OriginRequestPolicy,
  OriginSslPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from "aws-cdk-lib/aws-cloudfront";
import { HttpOrigin } from "aws-cdk-lib/aws-cloudfront-origins";
import { AnyPrincipal, type CfnRole, Effect, PolicyDocument, PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Code, Runtime } from "aws-cdk-lib/aws-lambda";
import type { IHostedZone } from "aws-cdk-lib/aws-route53";
import { CloudFrontTarget } from "aws-cdk-lib/aws-route53-targets";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { CHALLENGE_HEADER_CODE } from "./challenge-header.ts";
import { addAddressRecords } from "./custom-domain.ts";
import { skipScan } from "./scan-reasons.ts";

/** Region of CloudFront's resources: certificates, web ACLs, Lambda@Edge. */
export const EDGE_REGION = "us-east-1";

/** Maximum time between two packets of a response that CloudFront allows without a quota increase. */
const READ_TIMEOUT = Duration.seconds(120);

const ACCESS_LOG = "The API's access log has every request that CloudFront forwards.";
const OWN_CERTIFICATE = "Without a domain, the certificate is CloudFront's own, with its security policy.";

/**
 * The secret that proves to the API that a request comes from its distribution. It is sent as `Referer`, because a resource policy of API
 * Gateway can compare that header, which protects every route, including those without a function.
 */
export class OriginSecret extends Construct {
  readonly value: string;

  constructor(scope: Construct, id: string, description: string) {
    super(scope, id);
    const secret = new Secret(this, "Secret", {
      description,
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    Validations.of(secret).acknowledge({
      id: "AwsSolutions-SMG4",
      reason:
        "The value is in the distribution and in the API's resource policy, which only a deployment changes together.",
    });
    this.value = SecretValue.secretsManager(secret.secretArn).unsafeUnwrap();
  }

  /** The API's resource policy: only requests with the secret. */
  policy(): PolicyDocument {
    const statement = {
      principals: [new AnyPrincipal()],
      actions: ["execute-api:Invoke"],
      resources: ["execute-api:/*"],
    };
    return new PolicyDocument({
      statements: [
        new PolicyStatement({ ...statement, effect: Effect.ALLOW }),
        new PolicyStatement({
          ...statement,
          effect: Effect.DENY,
          conditions: { StringNotEquals: { "aws:Referer": this.value } },
        }),
      ],
    });
  }
}

/** The settings of the distribution. */
export interface EdgeProps {
  readonly api: RestApi;
  readonly stage: string;
  readonly title: string;
  readonly secret: OriginSecret;
  readonly domain: { readonly domainName: string; readonly certificate: ICertificate } | undefined;
  readonly hostedZone: IHostedZone | undefined;
  /** ARN of a web ACL with scope CLOUDFRONT. */
  readonly webAclArn: string | undefined;
}

/** The distribution, its function, and the address records of the domain. */
export class Edge extends Construct {
  readonly distribution: Distribution;
  /** Host name of the gateway: the domain, else that of CloudFront. */
  readonly hostName: string;

  constructor(scope: Construct, id: string, props: EdgeProps) {
    super(scope, id);
    const { api, domain, hostedZone } = props;
    const { region, urlSuffix } = Stack.of(this);
    if (domain) checkCertificate(domain.certificate);
    const origin = new HttpOrigin(`${api.restApiId}.execute-api.${region}.${urlSuffix}`, {
      originPath: `/${props.stage}`,
      protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
      originSslProtocols: [OriginSslPolicy.TLS_V1_2],
      readTimeout: READ_TIMEOUT,
      keepaliveTimeout: Duration.seconds(60),
      // No retries, because the request may have reached an MCP server.
      connectionAttempts: 1,
      // Replaces the client's Referer.
      customHeaders: { Referer: props.secret.value },
    });
    this.distribution = new Distribution(this, "Distribution", {
      comment: props.title,
      httpVersion: HttpVersion.HTTP2_AND_3,
      // Without a certificate, CloudFront ignores the minimum protocol version.
      minimumProtocolVersion: domain && SecurityPolicyProtocol.TLS_V1_2_2021,
      domainNames: domain && [domain.domainName],
      certificate: domain?.certificate,
      webAclId: props.webAclArn,
      defaultBehavior: {
        origin,
        allowedMethods: AllowedMethods.ALLOW_ALL,
        cachePolicy: CachePolicy.CACHING_DISABLED,
        // Host is that of the API; all other headers are forwarded, including Authorization.
        originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
        compress: false,
        edgeLambdas: [
          {
            eventType: LambdaEdgeEventType.ORIGIN_RESPONSE,
            functionVersion: this.challengeFunction().currentVersion,
          },
        ],
      },
    });
    Validations.of(this.distribution).acknowledge(
      {
        id: "AwsSolutions-CFR1",
        reason: "Geographic restrictions are the operator's choice: a web ACL can have them.",
      },
      { id: "AwsSolutions-CFR2", reason: "A web ACL costs money when idle: it is a setting." },
      { id: "AwsSolutions-CFR3", reason: ACCESS_LOG },
      { id: "AwsSolutions-CFR4", reason: OWN_CERTIFICATE },
    );
    skipScan(this.distribution, "CKV_AWS_86", ACCESS_LOG);
    if (domain === undefined) skipScan(this.distribution, "CKV_AWS_174", OWN_CERTIFICATE);
    this.hostName = domain?.domainName ?? this.distribution.distributionDomainName;
    if (domain && hostedZone) {
      addAddressRecords(this, hostedZone, domain.domainName, new CloudFrontTarget(this.distribution));
    }
  }

  private challengeFunction(): experimental.EdgeFunction {
    if (Token.isUnresolved(Stack.of(this).region)) {
      throw new Error(
        `edge needs the stack's Region, because some of its resources are in ${EDGE_REGION}. Give the stack \`env: { account, region }\`, or set AWS_REGION and AWS_PROFILE for the cdk command.`,
      );
    }
    const edgeFunction = new experimental.EdgeFunction(this, `ChallengeHeader${this.node.addr.slice(-8)}`, {
      // In another Region, the function is in a separate stack, shared by the gateways of this stack.
      stackId: `${Stack.of(this).stackName}-edge`,
      description: "Restores the name of the WWW-Authenticate header",
      // Lambda@Edge supports new versions of Node later than Lambda does.
      runtime: Runtime.NODEJS_22_X,
      handler: "index.handler",
      code: Code.fromInline(CHALLENGE_HEADER_CODE),
      memorySize: 128,
      timeout: Duration.seconds(5),
    });
    // It may not write logs: each Region in which it runs would get a log group without retention, which no stack removes.
    const { lambda } = edgeFunction;
    (lambda.role?.node.defaultChild as CfnRole).managedPolicyArns = undefined;
    lambda.node.tryRemoveChild("LogGroup");
    Validations.of(lambda).acknowledge({
      id: "AwsSolutions-L1",
      reason: "Lambda@Edge supports new versions of Node later than Lambda does.",
    });
    skipScan(lambda, "CKV_AWS_115", "Lambda@Edge does not support reserved concurrency.");
    skipScan(
      lambda,
      "CKV_AWS_116",
      "CloudFront waits for the function's response: there are no asynchronous events.",
    );
    skipScan(lambda, "CKV_AWS_117", "Lambda@Edge does not support a VPC.");
    return edgeFunction;
  }
}

function checkCertificate({ certificateArn }: ICertificate): void {
  if (Token.isUnresolved(certificateArn)) return;
  const region = certificateArn.split(":")[3];
  if (region === EDGE_REGION) return;
  throw new Error(
    `With edge, the certificate must be in ${EDGE_REGION}, where CloudFront reads it, but is in ${region}.`,
  );
}
