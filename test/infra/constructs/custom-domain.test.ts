import { describe, expect, it } from "vitest";
import { flat, resources, synthesise } from "../../support/synthesised-template.ts";

const domain = {
  domainName: "mcp.example.com",
  certificateArn: "arn:aws:acm:eu-central-1:111122223333:certificate/c",
};
const zone = { hostedZoneId: "Z0123456789EXAMPLE", hostedZoneName: "example.com" };

describe("a custom domain", () => {
  it("is regional and has the operator's certificate and at least TLS 1.2", () => {
    synthesise(domain).hasResourceProperties("AWS::ApiGateway::DomainName", {
      DomainName: "mcp.example.com",
      RegionalCertificateArn: "arn:aws:acm:eu-central-1:111122223333:certificate/c",
      EndpointConfiguration: { Types: ["REGIONAL"] },
      SecurityPolicy: "TLS_1_2",
    });
  });

  it("maps an empty base path to the stage, so that clients find the well-known URLs", () => {
    const [mapping] = Object.values(resources(synthesise(domain), "AWS::ApiGateway::BasePathMapping"));
    expect(mapping).not.toHaveProperty("BasePath");
    expect(flat(mapping?.["RestApiId"])).toBe("<GatewayApiRestApi>");
    expect(flat(mapping?.["Stage"])).toBe("<GatewayApiRestApiDeploymentStagedev>");
  });

  it("gets A and AAAA records in the operator's zone", () => {
    const records = resources(synthesise({ ...domain, ...zone }), "AWS::Route53::RecordSet");
    const found = Object.values(records).map(({ Type, Name, HostedZoneId, AliasTarget }) => [
      Type,
      Name,
      HostedZoneId,
      flat((AliasTarget as { DNSName: unknown }).DNSName),
    ]);
    const target = "<GatewayDomainDomainName.RegionalDomainName>";
    expect(found.sort()).toEqual([
      ["A", "mcp.example.com.", "Z0123456789EXAMPLE", target],
      ["AAAA", "mcp.example.com.", "Z0123456789EXAMPLE", target],
    ]);
  });

  it("gets no records without a zone, and is not created by default", () => {
    synthesise(domain).resourceCountIs("AWS::Route53::RecordSet", 0);
    synthesise().resourceCountIs("AWS::ApiGateway::DomainName", 0);
  });
});
