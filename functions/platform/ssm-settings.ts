// Where Parameter Store is and who asks, from what Lambda puts into a function's environment. What can't be right is refused at the start.
import { type LambdaCredentials, lambdaCredentials } from "./lambda-credentials.ts";

/** Where Parameter Store is and who asks. */
export type SsmSettings = {
  /** http or https, with or without a path */
  endpoint: URL;
  /** for the signature */
  region: string;
  credentials: LambdaCredentials;
};

type Partition = { name: string; regions: RegExp; dnsSuffix: string; dualStackDnsSuffix: string };

/**
 * The partitions that are open to the public, as the SDK has them in `util-endpoints/lib/aws/partitions.js` of `@aws-sdk/core`. `aws`
 * takes any region of its form: new ones have had new first letters.
 *
 * @see https://docs.aws.amazon.com/general/latest/gr/ssm.html
 */
const PARTITIONS: readonly Partition[] = [
  {
    name: "aws-cn",
    regions: /^cn-\w+-\d+$/,
    dnsSuffix: "amazonaws.com.cn",
    dualStackDnsSuffix: "api.amazonwebservices.com.cn",
  },
  {
    name: "aws-us-gov",
    regions: /^us-gov-\w+-\d+$/,
    dnsSuffix: "amazonaws.com",
    dualStackDnsSuffix: "api.aws",
  },
  {
    name: "aws-eusc",
    regions: /^eusc-de-\w+-\d+$/,
    dnsSuffix: "amazonaws.eu",
    dualStackDnsSuffix: "api.amazonwebservices.eu",
  },
  {
    name: "aws",
    regions: /^[a-z]{2}-[a-z]+-\d+$/,
    dnsSuffix: "amazonaws.com",
    dualStackDnsSuffix: "api.aws",
  },
];

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads them from the variables that the SDK knows by the same names.
 *
 * @param env a function's environment
 * @throws Error naming the variable that is missing or wrong
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html
 */
export function ssmSettings(env: Environment = process.env): SsmSettings {
  const region = env["AWS_REGION"];
  if (!region) throw new Error("AWS_REGION is not set: Lambda sets it");
  const configured = env["AWS_ENDPOINT_URL_SSM"] || env["AWS_ENDPOINT_URL"];
  const fips = isSet(env, "AWS_USE_FIPS_ENDPOINT");
  const dualStack = isSet(env, "AWS_USE_DUALSTACK_ENDPOINT");
  if (configured && (fips || dualStack))
    throw new Error(
      "AWS_ENDPOINT_URL goes with neither AWS_USE_FIPS_ENDPOINT nor AWS_USE_DUALSTACK_ENDPOINT",
    );
  const address = configured || `https://${hostOf(region, fips, dualStack)}`;
  return { endpoint: endpointAt(address), region, credentials: lambdaCredentials(env) };
}

// The rules of `dist-es/endpoint/bdd.js` in `@aws-sdk/client-ssm`.
function hostOf(region: string, fips: boolean, dualStack: boolean): string {
  const partition = PARTITIONS.find(({ regions }) => regions.test(region));
  if (partition === undefined)
    throw new Error(`AWS_REGION: expected a Region of a public partition, got ${JSON.stringify(region)}`);
  const { name, dnsSuffix, dualStackDnsSuffix } = partition;
  // There, the ordinary endpoint is the FIPS one.
  const service = fips && !(name === "aws-us-gov" && !dualStack) ? "ssm-fips" : "ssm";
  return `${service}.${region}.${dualStack ? dualStackDnsSuffix : dnsSuffix}`;
}

function isSet(env: Environment, name: string): boolean {
  const value = env[name] || "false";
  if (value !== "true" && value !== "false")
    throw new Error(`${name}: expected "true" or "false", got ${JSON.stringify(value)}`);
  return value === "true";
}

function endpointAt(address: string): URL {
  const endpoint = URL.parse(address);
  if (endpoint?.protocol !== "https:" && endpoint?.protocol !== "http:")
    throw new Error(`AWS_ENDPOINT_URL: expected an http or https URL, got ${JSON.stringify(address)}`);
  // It would be sent, but not signed.
  endpoint.search = "";
  return endpoint;
}
