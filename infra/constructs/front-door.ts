// The API with what is in front of it, which decides the URL that clients use: CloudFront, a custom domain, or nothing.
import type { ICertificate } from "aws-cdk-lib/aws-certificatemanager";
import type { Distribution } from "aws-cdk-lib/aws-cloudfront";
import type { Construct } from "constructs";
import type { DeploySettings } from "../deploy-settings.ts";
import type { GatewayNames } from "../gateway-names.ts";
import type { LogLifetime } from "../stage-lifetime.ts";
import { CustomDomain } from "./custom-domain.ts";
import { Edge, OriginSecret } from "./edge.ts";
import { GatewayApi } from "./gateway-api.ts";
import type { McpGatewayProps } from "./mcp-gateway-props.ts";
import { edgeWebAclArn } from "./web-acl.ts";

/** The API and its URLs. */
export type FrontDoor = {
  readonly api: GatewayApi;
  /** URL that clients use, without a slash at the end. */
  readonly publicUrl: string;
  /** The API's own URL with its stage; undefined if clients cannot use it. */
  readonly executeApiUrl: string | undefined;
  /** Undefined without `edge`. */
  readonly distribution: Distribution | undefined;
  /** Host name that the DNS records of the domain must point to; undefined without a domain. */
  readonly domainTarget: string | undefined;
};

/** What the front door needs besides the properties of the gateway. */
export interface FrontDoorParts {
  readonly names: GatewayNames;
  readonly settings: DeploySettings;
  readonly logs: LogLifetime;
}

/** Adds the API with its domain or distribution. @throws Error for a domain without a certificate, or the reverse */
export function addFrontDoor(
  scope: Construct,
  props: McpGatewayProps,
  { names, settings, logs }: FrontDoorParts,
): FrontDoor {
  const { stage, hostedZone, encryptionKey, throttlingRateLimit = 100 } = props;
  const secret =
    props.edge && new OriginSecret(scope, "OriginSecret", `${names.title}: CloudFront to the API`);
  const api = new GatewayApi(scope, "Api", {
    names,
    stage,
    logs,
    encryptionKey,
    tracing: props.tracing ?? false,
    throttlingRateLimit,
    throttlingBurstLimit: props.throttlingBurstLimit ?? throttlingRateLimit * 2,
    setAccountLogRole: props.cloudWatchRole ?? false,
    policy: secret?.policy(),
    // CloudFront calls the API at this URL.
    executeApiEndpoint:
      secret !== undefined || !(props.disableExecuteApiEndpoint ?? props.domainName !== undefined),
  });
  const domain = domainOf(props.domainName, props.certificate);
  const edge =
    secret &&
    new Edge(scope, "Edge", {
      api: api.api,
      stage,
      title: names.title,
      secret,
      domain,
      hostedZone,
      webAclArn: props.webAcl && edgeWebAclArn(scope, props.webAcl, settings.headerKey, names.gateway),
    });
  const domainTarget =
    (domain && edge?.distribution.distributionDomainName) ??
    (domain && new CustomDomain(scope, "Domain", { ...domain, hostedZone, api: api.api }).target);
  const hostName = edge?.hostName ?? domain?.domainName;
  const ownUrl = hostName === undefined ? api.executeApiUrl : `https://${hostName}`;
  return {
    api,
    publicUrl: props.publicUrl ?? settings.publicUrl ?? ownUrl,
    executeApiUrl: api.executeApiEndpoint && !edge ? api.executeApiUrl : undefined,
    distribution: edge?.distribution,
    domainTarget,
  };
}

function domainOf(domainName: string | undefined, certificate: ICertificate | undefined) {
  if (domainName !== undefined && certificate !== undefined) return { domainName, certificate };
  if (domainName === undefined && certificate === undefined) return undefined;
  throw new Error(
    "domainName requires certificate, and certificate requires domainName. Set both, or neither.",
  );
}
