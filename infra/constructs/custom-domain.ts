// A custom domain for the API, with an empty base path. Only a custom domain has the well-known URLs of RFC 9728 and RFC 8414 in their
// standard places, because every path of an execute-api URL begins with the stage.
import { Token } from "aws-cdk-lib";
import { DomainName, EndpointType, type RestApi, SecurityPolicy } from "aws-cdk-lib/aws-apigateway";
import type { ICertificate } from "aws-cdk-lib/aws-certificatemanager";
import {
  AaaaRecord,
  ARecord,
  type IAliasRecordTarget,
  type IHostedZone,
  RecordTarget,
} from "aws-cdk-lib/aws-route53";
import { ApiGatewayDomain } from "aws-cdk-lib/aws-route53-targets";
import { Construct } from "constructs";
import { hostNameFault } from "../settings/forms.ts";

/** A host name with its certificate, its zone and its API. */
export interface CustomDomainProps {
  readonly api: RestApi;
  /** For example `mcp.example.com`. */
  readonly domainName: string;
  readonly certificate: ICertificate;
  /** Zone for the address records; undefined: you create them, from the output `DomainTarget`. */
  readonly hostedZone: IHostedZone | undefined;
}

/** The domain, its mapping to the API's stage, and its address records if the zone is known. */
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
    if (hostedZone) addAddressRecords(this, hostedZone, domainName, new ApiGatewayDomain(domain));
  }
}

/** Points a domain to a resource, for IPv4 and IPv6. */
export function addAddressRecords(
  scope: Construct,
  zone: IHostedZone,
  domainName: string,
  target: IAliasRecordTarget,
): void {
  // With the final dot, the CDK does not append the zone's name.
  const record = { zone, recordName: `${domainName}.`, target: RecordTarget.fromAlias(target) };
  new ARecord(scope, "Ipv4", record);
  new AaaaRecord(scope, "Ipv6", record);
}
