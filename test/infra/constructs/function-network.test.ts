import { describe, expect, it } from "vitest";
import { roleStatements } from "../../support/iam-statements.ts";
import { flat, resources, synthesise } from "../../support/synthesised-template.ts";

const network = { vpcId: "vpc-0a1b2c3d4e5f67890", subnetIds: ["subnet-a", "subnet-b"] };
const JOIN_NETWORK =
  "JoinNetwork: Allow ec2:AssignPrivateIpAddresses,ec2:CreateNetworkInterface,ec2:DeleteNetworkInterface," +
  "ec2:DescribeNetworkInterfaces,ec2:DescribeSubnets,ec2:UnassignPrivateIpAddresses on *";

describe("the proxy in a VPC", () => {
  const template = synthesise(network);

  it("is in the given subnets, and no other function is in a VPC", () => {
    const functions = Object.entries(resources(template, "AWS::Lambda::Function"));
    const placed = functions.flatMap(([id, { VpcConfig }]) =>
      VpcConfig === undefined ? [] : [[id, VpcConfig]],
    );
    expect(placed).toEqual([
      [
        "GatewayProxyFunction",
        {
          SubnetIds: ["subnet-a", "subnet-b"],
          SecurityGroupIds: [
            { "Fn::GetAtt": [expect.stringMatching(/^GatewayProxySecurityGroup/), "GroupId"] },
          ],
        },
      ],
    ]);
  });

  it("has a security group that allows all outbound and no inbound traffic", () => {
    const [group] = Object.values(resources(template, "AWS::EC2::SecurityGroup"));
    expect(group).toMatchObject({
      VpcId: "vpc-0a1b2c3d4e5f67890",
      SecurityGroupEgress: [{ IpProtocol: "-1", CidrIp: "0.0.0.0/0" }],
    });
    expect(group).not.toHaveProperty("SecurityGroupIngress");
  });

  it("has the operator's security groups if they are set", () => {
    const given = synthesise({ ...network, securityGroupIds: ["sg-a"] });
    given.resourceCountIs("AWS::EC2::SecurityGroup", 0);
    const { VpcConfig } = resources(given, "AWS::Lambda::Function")["GatewayProxyFunction"] ?? {};
    expect((VpcConfig as { SecurityGroupIds: unknown[] }).SecurityGroupIds.map(flat)).toEqual(["sg-a"]);
  });

  it("may only connect to the given addresses and ports if they are set", () => {
    const proxyEgress = ["10.0.0.0/16:443", "10.1.2.3/32:8443"];
    const [group] = Object.values(
      resources(synthesise({ ...network, proxyEgress }), "AWS::EC2::SecurityGroup"),
    );
    expect(group?.["SecurityGroupEgress"]).toMatchObject([
      { IpProtocol: "tcp", CidrIp: "10.0.0.0/16", FromPort: 443, ToPort: 443 },
      { IpProtocol: "tcp", CidrIp: "10.1.2.3/32", FromPort: 8443, ToPort: 8443 },
    ]);
  });

  it("may create network interfaces, and the other functions may not", () => {
    const statements = roleStatements(template);
    expect(statements["<GatewayProxyRole>"]).toContain(JOIN_NETWORK);
    expect(statements["<GatewayAuthorizerRole>"]).not.toContain(JOIN_NETWORK);
    expect(statements["<GatewayMetadataRole>"]).not.toContain(JOIN_NETWORK);
  });
});
