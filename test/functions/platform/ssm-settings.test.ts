import { SSMClient } from "@aws-sdk/client-ssm";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ssmSettings } from "../../../functions/platform/ssm-settings.ts";

const ENVIRONMENT = {
  AWS_REGION: "eu-central-1",
  AWS_ACCESS_KEY_ID: "key",
  AWS_SECRET_ACCESS_KEY: "secret",
  AWS_SESSION_TOKEN: "session",
};
const FIPS = { AWS_USE_FIPS_ENDPOINT: "true" };
const DUAL_STACK = { AWS_USE_DUALSTACK_ENDPOINT: "true" };

const endpointWith = (variables: Record<string, string>) =>
  ssmSettings({ ...ENVIRONMENT, ...variables }).endpoint.href;

afterEach(() => vi.unstubAllEnvs());

describe("the settings of a function", () => {
  it("are what Lambda puts into its environment", () => {
    vi.stubEnv("AWS_ENDPOINT_URL_SSM", undefined);
    vi.stubEnv("AWS_ENDPOINT_URL", undefined);
    for (const [name, value] of Object.entries(ENVIRONMENT)) vi.stubEnv(name, value);
    expect(ssmSettings()).toEqual({
      endpoint: new URL("https://ssm.eu-central-1.amazonaws.com/"),
      region: "eu-central-1",
      credentials: { accessKeyId: "key", secretAccessKey: "secret", sessionToken: "session" },
    });
  });

  it("take an endpoint of SSM's own before one of all services", () => {
    const all = { AWS_ENDPOINT_URL: "http://127.0.0.1:4566" };
    expect(endpointWith(all)).toBe("http://127.0.0.1:4566/");
    expect(endpointWith({ ...all, AWS_ENDPOINT_URL_SSM: "https://vpce-1.ssm.example.com/a" })).toBe(
      "https://vpce-1.ssm.example.com/a",
    );
    expect(endpointWith({ ...all, AWS_ENDPOINT_URL_SSM: "" })).toBe("http://127.0.0.1:4566/");
    expect(endpointWith({ AWS_ENDPOINT_URL: "http://127.0.0.1:4566/a?b=c" })).toBe("http://127.0.0.1:4566/a");
  });

  it.each([
    ["us-east-1", {}, "https://ssm.us-east-1.amazonaws.com/"],
    ["us-east-1", FIPS, "https://ssm-fips.us-east-1.amazonaws.com/"],
    ["us-east-1", DUAL_STACK, "https://ssm.us-east-1.api.aws/"],
    ["us-east-1", { ...FIPS, ...DUAL_STACK }, "https://ssm-fips.us-east-1.api.aws/"],
    ["us-gov-west-1", {}, "https://ssm.us-gov-west-1.amazonaws.com/"],
    ["us-gov-west-1", FIPS, "https://ssm.us-gov-west-1.amazonaws.com/"],
    ["us-gov-west-1", { ...FIPS, ...DUAL_STACK }, "https://ssm-fips.us-gov-west-1.api.aws/"],
    ["cn-north-1", {}, "https://ssm.cn-north-1.amazonaws.com.cn/"],
    ["cn-north-1", DUAL_STACK, "https://ssm.cn-north-1.api.amazonwebservices.com.cn/"],
    ["eusc-de-east-1", {}, "https://ssm.eusc-de-east-1.amazonaws.eu/"],
    ["eusc-de-east-1", DUAL_STACK, "https://ssm.eusc-de-east-1.api.amazonwebservices.eu/"],
  ])("find the endpoint of %s with %j", (AWS_REGION, flags, endpoint) => {
    expect(endpointWith({ AWS_REGION, ...flags })).toBe(endpoint);
  });

  it("find the endpoint that the SDK finds, in every partition that is open to the public", () => {
    const { endpointProvider } = new SSMClient({ region: "us-east-1" }).config;
    const regions =
      "us-west-2 eu-south-2 ap-southeast-7 sa-east-1 ca-west-1 me-central-1 af-south-1 il-central-1";
    const others = "mx-central-1 cn-northwest-1 us-gov-east-1 us-gov-west-1 eusc-de-east-1";
    for (const Region of `${regions} ${others}`.split(" ")) {
      for (const UseFIPS of [false, true]) {
        for (const UseDualStack of [false, true]) {
          const flags = { ...(UseFIPS && FIPS), ...(UseDualStack && DUAL_STACK) };
          const { url } = endpointProvider({ Region, UseFIPS, UseDualStack });
          expect(endpointWith({ AWS_REGION: Region, ...flags })).toBe(url.href);
        }
      }
    }
  });

  it.each([
    [{ AWS_REGION: "" }, "AWS_REGION is not set"],
    [{ AWS_REGION: "us-iso-east-1" }, 'expected a Region of a public partition, got "us-iso-east-1"'],
    [{ AWS_REGION: "us-east-1.evil.example" }, "expected a Region of a public partition"],
    [{ AWS_REGION: "evil.example/eu-central-1" }, "expected a Region of a public partition"],
    [{ AWS_ACCESS_KEY_ID: "" }, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set"],
    [{ AWS_SECRET_ACCESS_KEY: "" }, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set"],
    [{ AWS_USE_FIPS_ENDPOINT: "yes" }, 'AWS_USE_FIPS_ENDPOINT: expected "true" or "false", got "yes"'],
    [{ AWS_USE_DUALSTACK_ENDPOINT: "1" }, 'AWS_USE_DUALSTACK_ENDPOINT: expected "true" or "false", got "1"'],
    [{ AWS_ENDPOINT_URL: "ssm.example.com" }, 'expected an http or https URL, got "ssm.example.com"'],
    [{ AWS_ENDPOINT_URL_SSM: "ftp://ssm.example.com" }, "expected an http or https URL"],
    [{ AWS_ENDPOINT_URL: "https://ssm.example.com", ...FIPS }, "goes with neither"],
    [{ AWS_ENDPOINT_URL: "https://ssm.example.com", ...DUAL_STACK }, "goes with neither"],
  ])("are refused with %j", (variables, message) => {
    expect(() => endpointWith(variables as Record<string, string>)).toThrow(message);
  });

  it("may say that neither FIPS nor dual-stack is wanted", () => {
    const off = { AWS_USE_FIPS_ENDPOINT: "false", AWS_USE_DUALSTACK_ENDPOINT: "false" };
    expect(endpointWith(off)).toBe("https://ssm.eu-central-1.amazonaws.com/");
  });
});
