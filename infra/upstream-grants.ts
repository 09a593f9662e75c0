// The permissions of the proxy's role for MCP servers that require IAM authorization, derived from the server's URL or its
// `resource_arn`; if neither is enough, a message says what to grant.

import type { EffectiveServer } from "../functions/core/config/effective-server.ts";
import type { Sigv4Credential } from "../functions/core/config/upstream/credential.ts";
import { isAgentCoreUrl } from "../functions/core/config/upstream/sigv4.ts";

/** A server whose requests the proxy signs. */
export type SignedTarget = {
  readonly server: string;
  readonly url: string;
  readonly credential: Sigv4Credential;
};

/** A permission. */
export type UpstreamGrant = {
  readonly action: string;
  readonly resources: readonly string[];
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

/** Account and partition of the stack, for ARNs. */
export type ArnPlace = { readonly partition: string; readonly account: string; readonly region: string };

/** The targets of all servers; undefined without any. */
export function signedTargets(servers: readonly EffectiveServer[]): SignedTarget[] | undefined {
  const targets = servers.flatMap((server) => [server, ...(server.tenants?.values() ?? [])]);
  const signed = targets.flatMap(({ name, url, upstreamAuth }) =>
    upstreamAuth?.type === "sigv4" ? [{ server: name, url, credential: upstreamAuth }] : [],
  );
  return signed.length === 0 ? undefined : signed;
}

/**
 * The permissions for one target.
 *
 * @returns undefined if the ARN of the target is unknown
 */
export function upstreamGrants(
  { url, credential }: SignedTarget,
  place: ArnPlace,
): UpstreamGrant[] | undefined {
  const { service, resourceArn } = credential;
  const { hostname, pathname } = new URL(url);
  const region = credential.region ?? place.region;
  const own = (name: string, resource: string) =>
    `arn:${place.partition}:${name}:${region}:${place.account}:${resource}`;
  switch (service) {
    case "lambda":
      return resourceArn === undefined ? undefined : functionUrlGrants(resourceArn);
    case "execute-api": {
      const [apiId = ""] = hostname.split(".");
      const isApiHost = /\.execute-api\./.test(hostname);
      if (!isApiHost) return undefined;
      const [, stage = "", ...path] = pathname.split("/");
      const resources = ["POST", "GET", "DELETE"].map((method) =>
        own("execute-api", `${apiId}/${stage}/${method}/${path.join("/")}`),
      );
      return [{ action: "execute-api:Invoke", resources }];
    }
    case "bedrock-agentcore": {
      const runtime = resourceArn ?? runtimeArn(url);
      if (runtime !== undefined) {
        // AWS checks both the runtime and its endpoint.
        const resources = [runtime, `${runtime}/runtime-endpoint/DEFAULT`];
        return [{ action: "bedrock-agentcore:InvokeAgentRuntime", resources }];
      }
      const [id, kind] = hostname.split(".");
      return kind === "gateway"
        ? [
            {
              action: "bedrock-agentcore:InvokeGateway",
              resources: [own("bedrock-agentcore", `gateway/${id}`)],
            },
          ]
        : undefined;
    }
    case "vpc-lattice-svcs":
      return resourceArn === undefined
        ? undefined
        : [
            {
              action: "vpc-lattice-svcs:Invoke",
              resources: [`${resourceArn}${pathname}`],
            },
          ];
    default:
      return undefined;
  }
}

/** Since October 2025 AWS requires both permissions (https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html). */
function functionUrlGrants(resource: string): UpstreamGrant[] {
  return [
    {
      action: "lambda:InvokeFunctionUrl",
      resources: [resource],
      conditions: { StringEquals: { "lambda:FunctionUrlAuthType": "AWS_IAM" } },
    },
    {
      action: "lambda:InvokeFunction",
      resources: [resource],
      conditions: { Bool: { "lambda:InvokedViaFunctionUrl": "true" } },
    },
  ];
}

/** The ARN in the URL of an AgentCore Runtime. */
function runtimeArn(url: string): string | undefined {
  if (!isAgentCoreUrl(url)) return undefined;
  const arn = decodeURIComponent(new URL(url).pathname.split("/")[2] as string);
  return arn.startsWith("arn:") ? arn : undefined;
}

/** The message for the operator if access cannot be granted. */
export function grantAdvice({ server, url, credential }: SignedTarget): string {
  const actions: Readonly<Record<string, string>> = {
    lambda:
      'lambda:InvokeFunctionUrl and lambda:InvokeFunction on the function behind the URL, or name it as "resource_arn"',
    "vpc-lattice-svcs": 'vpc-lattice-svcs:Invoke on the service, or name it as "resource_arn"',
    "execute-api": "execute-api:Invoke on the API behind the domain",
    "bedrock-agentcore":
      'bedrock-agentcore:InvokeAgentRuntime on the runtime, or name it as "agentcore_runtime_arn"',
  };
  const what =
    actions[credential.service] ?? `the permissions that the service ${credential.service} requires`;
  return `${server}: requests to ${new URL(url).host} are signed, but the ARN of the target is unknown. Grant the proxy's role ${what}.`;
}
