// The routes of the API. Every method of /{server}/mcp and /mcp except OPTIONS requires the authorizer; all open routes are listed here.
import { type Duration, Validations } from "aws-cdk-lib";
import {
  AuthorizationType,
  type IAuthorizer,
  type IResource,
  LambdaIntegration,
  type Method,
  MockIntegration,
  PassthroughBehavior,
  ResponseTransferMode,
  type RestApi,
} from "aws-cdk-lib/aws-apigateway";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { skipScan } from "./scan-reasons.ts";

/** The integrations of the routes. */
export interface GatewayRoutesProps {
  readonly api: RestApi;
  readonly authorizer: IAuthorizer;
  readonly proxy: IFunction;
  readonly metadata: IFunction;
  /** Undefined without a combined endpoint. */
  readonly combined: IFunction | undefined;
  /** Maximum duration of a streamed response; API Gateway allows at most 15 minutes. */
  readonly streamTimeout: Duration;
}

// RFC 9110 §9.1: a server that supports GET supports HEAD.
const READING = ["GET", "HEAD"];
const DOCUMENT = [...READING, "OPTIONS"];

/** Adds all routes to the API. */
export function addGatewayRoutes({
  api,
  authorizer,
  proxy,
  metadata,
  combined,
  streamTimeout,
}: GatewayRoutesProps): void {
  const streamed = (handler: IFunction) =>
    new LambdaIntegration(handler, {
      responseTransferMode: ResponseTransferMode.STREAM,
      timeout: streamTimeout,
      allowTestInvoke: false,
    });
  const toMetadata = new LambdaIntegration(metadata, { allowTestInvoke: false });
  const open = (resource: IResource, ...methods: string[]) => {
    for (const name of methods) {
      const method = resource.addMethod(name, toMetadata, { authorizationType: AuthorizationType.NONE });
      acknowledgeOpen(
        method,
        "OAuth metadata (RFC 9728, RFC 8414), public keys and CORS preflights are read before signing in.",
      );
    }
  };

  const endpoint = (parent: IResource, integration: LambdaIntegration) => {
    const mcp = parent.addResource("mcp");
    for (const method of ["POST", "GET", "DELETE", "ANY"]) {
      mcp.addMethod(method, integration, { authorizer, authorizationType: AuthorizationType.CUSTOM });
    }
    // A browser sends preflights without credentials (Fetch standard, CORS-preflight fetch).
    open(mcp, "OPTIONS");
  };
  endpoint(api.root.addResource("{server}"), streamed(proxy));
  if (combined !== undefined) endpoint(api.root, streamed(combined));

  const wellKnown = api.root.addResource(".well-known");
  const resourceMetadata = wellKnown.addResource("oauth-protected-resource");
  open(resourceMetadata, ...DOCUMENT);
  const documentOfEach = (parent: IResource) => {
    open(parent.addResource("{server}").addResource("mcp"), ...DOCUMENT);
    if (combined !== undefined) open(parent.addResource("mcp"), ...DOCUMENT);
  };
  documentOfEach(resourceMetadata);
  // Responds with 404 unless the configuration enables it.
  const serverMetadata = wellKnown.addResource("oauth-authorization-server");
  open(serverMetadata, ...DOCUMENT);
  documentOfEach(serverMetadata);
  open(wellKnown.addResource("jwks.json"), ...DOCUMENT);
  // Verifiers of identity JWTs that know only the issuer find the keys through it.
  open(wellKnown.addResource("openid-configuration"), ...DOCUMENT);

  addHealth(api);
}

function addHealth(api: RestApi): void {
  const integration = new MockIntegration({
    passthroughBehavior: PassthroughBehavior.NEVER,
    requestTemplates: { "application/json": '{"statusCode":200}' },
    integrationResponses: [
      { statusCode: "200", responseTemplates: { "application/json": '{"status":"ok"}' } },
    ],
  });
  const health = api.root.addResource("health");
  for (const name of READING) {
    const method = health.addMethod(name, integration, {
      authorizationType: AuthorizationType.NONE,
      methodResponses: [{ statusCode: "200" }],
    });
    acknowledgeOpen(method, "A fixed response for load balancers and monitors; no function runs.");
  }
}

/** Suppresses the scanners' findings for one open method. Any other open method is a mistake and fails the synthesis. */
function acknowledgeOpen(method: Method, reason: string): void {
  Validations.of(method).acknowledge({ id: "AwsSolutions-APIG4", reason });
  skipScan(method, "CKV_AWS_59", reason);
}
