// A host name of one's own for the API, with an empty base path: only there do the well-known URLs of RFC 9728 and
// RFC 8414 exist in their standard places, since below execute-api every path begins with the stage.
import { Token } from "aws-cdk-lib";
import { DomainName, EndpointType, type RestApi, SecurityPolicy } from "aws-cdk-lib/aws-apigateway";
import type { ICertificate } from "aws-cdk-lib/aws-certificatemanager";
import { AaaaRecord, ARecord, type IHostedZone, RecordTarget } from "aws-cdk-lib/aws-route53";
import { ApiGatewayDomain } from "aws-cdk-lib/aws-route53-targets";
import { Construct } from "constructs";
import { hostNameFault } from "../settings/forms.ts";

/** A host name, what proves and resolves it, and what it leads to. */
export interface CustomDomainProps {
  readonly api: RestApi;
  /** For example `mcp.example.com`. */
  readonly domainName: string;
  readonly certificate: ICertificate;
  /** Zone for the address records; undefined: they are made by somebody else, from the output `DomainTarget`. */
  readonly hostedZone: IHostedZone | undefined;
}

/** The domain, its mapping to the API's stage, and its address records where the zone is known. */
export class CustomDomain extends Construct {
  /** Host name that the domain's records must point to. */
  readonly target: string;

  constructor(scope: Construct, id: string, props: CustomDomainProps) {
    super(scope, id);
    const { api, domainName, certificate, hostedZone } = props;
    const fault = Token.isUnresolved(domainName) ? undefined : hostNameFault(domainName);
    if (fault !== undefined) throw new Error(`domainName: ${fault}`);
    const domain = new DomainName(this, "DomainName", {
      domainName,
      certificate,
      endpointType: EndpointType.REGIONAL,
      securityPolicy: SecurityPolicy.TLS_1_2,
    });
    domain.addBasePathMapping(api);
    this.target = domain.domainNameAliasDomainName;
    if (hostedZone === undefined) return;
    const record = {
      zone: hostedZone,
      // With the final dot the name is taken as it is, whatever the zone is called.
      recordName: `${domainName}.`,
      target: RecordTarget.fromAlias(new ApiGatewayDomain(domain)),
    };
    new ARecord(this, "Ipv4", record);
    new AaaaRecord(this, "Ipv6", record);
  }
}
