// A TypeScript app (ES modules) that uses references to other resources, grants and metrics.
import { App, Duration, Stack } from "aws-cdk-lib";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import { Port, SecurityGroup, Vpc } from "aws-cdk-lib/aws-ec2";
import { AccountRootPrincipal, Role } from "aws-cdk-lib/aws-iam";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import { HostedZone } from "aws-cdk-lib/aws-route53";
import { Topic } from "aws-cdk-lib/aws-sns";
import { GatewayConfig, GatewayWebAcl, McpGateway, type McpGatewayProps } from "descope-mcp-gateway";

const app = new App();
const stack = new Stack(app, "Full");
const vpc = new Vpc(stack, "Vpc", { maxAzs: 2 });
const props: McpGatewayProps = {
  stage: "prod",
  config: GatewayConfig.fromObject({
    gateway: {
      descope: { project_id: "P2realproject000000000000", mcp_server_id: "MSrealserver" },
      combined: { servers: "all" },
    },
    servers: { notes: { url: "https://notes.acme.com/mcp" } },
  }),
  vpc,
  domainName: "mcp.acme.com",
  certificate: new Certificate(stack, "Certificate", { domainName: "mcp.acme.com" }),
  hostedZone: new HostedZone(stack, "Zone", { zoneName: "acme.com" }),
  webAcl: GatewayWebAcl.rules({ requestsPerToken: 500 }),
  alarmTopic: new Topic(stack, "OnCall"),
  proxy: { memorySize: 1024, logRetention: RetentionDays.ONE_WEEK },
  combined: { memorySize: 1024 },
};
const gateway = new McpGateway(stack, "Gateway", props);
gateway.proxyFunction.connections.allowTo(new SecurityGroup(stack, "Tools", { vpc }), Port.tcp(443));
gateway.combinedFunction?.connections.allowToAnyIpv4(Port.tcp(443));
gateway.grantReadConfig(new Role(stack, "Operator", { assumedBy: new AccountRootPrincipal() }));
gateway
  .metricDenied({ period: Duration.minutes(1) })
  .createAlarm(stack, "Denied", { threshold: 1, evaluationPeriods: 1 });
