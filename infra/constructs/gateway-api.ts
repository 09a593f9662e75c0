// The REST API: REGIONAL (an EDGE API would close streams after 30 idle seconds), one stage with a literal name, throttling and an access
// log. Other modules add routes and error responses.
import { type Acknowledgment, Validations } from "aws-cdk-lib";
import { EndpointType, LogGroupLogDestination, RestApi } from "aws-cdk-lib/aws-apigateway";
import type { PolicyDocument } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { GatewayNames } from "../gateway-names.ts";
import type { LogLifetime } from "../stage-lifetime.ts";
import { accessLogFormat } from "./access-log.ts";
import { skipScan } from "./scan-reasons.ts";

/** Settings of the API. */
export interface GatewayApiProps {
  readonly names: GatewayNames;
  readonly stage: string;
  readonly throttlingRateLimit: number;
  readonly throttlingBurstLimit: number;
  readonly logs: LogLifetime;
  /** Customer managed key of the access log; undefined: an AWS owned key. */
  readonly encryptionKey: IKey | undefined;
  readonly tracing: boolean;
  /** Whether its `execute-api` URL is enabled. */
  readonly executeApiEndpoint: boolean;
  /** The resource policy; undefined: no restriction. */
  readonly policy: PolicyDocument | undefined;
  /** Whether the stack sets the account's role for API Gateway logs, which all APIs of the Region share. */
  readonly setAccountLogRole: boolean;
}

/** The API and its access log. */
export class GatewayApi extends Construct {
  readonly api: RestApi;
  readonly accessLog: LogGroup;
  /** The API's own URL with the stage. Not `api.url`, which depends on the deployment and so on the functions. */
  readonly executeApiUrl: string;
  /** Whether that URL is enabled. */
  readonly executeApiEndpoint: boolean;

  constructor(scope: Construct, id: string, props: GatewayApiProps) {
    super(scope, id);
    this.executeApiEndpoint = props.executeApiEndpoint;
    this.accessLog = new LogGroup(this, "AccessLog", { ...props.logs, encryptionKey: props.encryptionKey });
    this.api = new RestApi(this, "RestApi", {
      restApiName: props.names.gateway,
      description: props.names.title,
      endpointTypes: [EndpointType.REGIONAL],
      policy: props.policy,
      disableExecuteApiEndpoint: !props.executeApiEndpoint,
      cloudWatchRole: props.setAccountLogRole,
      deployOptions: {
        stageName: props.stage,
        accessLogDestination: new LogGroupLogDestination(this.accessLog),
        accessLogFormat: accessLogFormat(),
        tracingEnabled: props.tracing,
        throttlingRateLimit: props.throttlingRateLimit,
        throttlingBurstLimit: props.throttlingBurstLimit,
      },
    });
    // Removes the CDK's default output; the stack has its own outputs.
    this.api.node.tryRemoveChild("Endpoint");
    const { region, urlSuffix } = this.api.stack;
    this.executeApiUrl = `https://${this.api.restApiId}.execute-api.${region}.${urlSuffix}/${props.stage}`;
    Validations.of(this.api).acknowledge(...ACKNOWLEDGED);
    skipScan(
      this.api.deploymentStage,
      "CKV_AWS_120",
      "A cached response would be served to callers with other rights: an MCP response belongs to one caller.",
    );
  }
}

const ACKNOWLEDGED: Acknowledgment[] = [
  {
    id: "AwsSolutions-APIG2",
    reason:
      "Bodies are JSON-RPC, checked by the proxy, whose errors carry the id of the request. A model could not.",
  },
  {
    id: "AwsSolutions-APIG3",
    reason:
      "A web ACL costs money when idle and is a choice of the operator. The API is throttled without one.",
  },
  {
    id: "AwsSolutions-APIG6",
    reason:
      "The access log has every request with its outcome. Execution logs would go to a log group without retention.",
  },
  {
    id: "AwsSolutions-COG4",
    reason:
      "Tokens are issued by Descope and checked by the authorizer function, not by a Cognito user pool.",
  },
  {
    id: "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]",
    reason: "API Gateway takes a role for its logs only if it has the permissions of this managed policy.",
  },
];
