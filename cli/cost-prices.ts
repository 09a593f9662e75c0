// Published unit prices in US dollars, us-east-1, without free tiers and discounts, each with its page and, where it is known, the date on
// which that page said so. Read the page before a decision rests on a figure.

/** One price. `asOf` is the date on which `source` said so; undefined where it was not recorded. */
export type UnitPrice = { usd: number; per: string; source: string; asOf: string | undefined };

export const PRICES = {
  apiRequest: price(3.5, "million requests", "https://aws.amazon.com/api-gateway/pricing/", undefined),
  lambdaRequest: price(0.2, "million invocations", "https://aws.amazon.com/lambda/pricing/", undefined),
  lambdaTime: price(
    13.3334,
    "million GB-seconds on arm64",
    "https://aws.amazon.com/lambda/pricing/",
    undefined,
  ),
  kmsKey: price(1, "key and month", "https://aws.amazon.com/kms/pricing/", undefined),
  kmsSign: price(
    15,
    "million signatures with an elliptic curve",
    "https://aws.amazon.com/kms/pricing/",
    undefined,
  ),
  logs: price(0.5, "GB of logs taken in", "https://aws.amazon.com/cloudwatch/pricing/", undefined),
  agentCore: price(
    5,
    "million calls through AgentCore Gateway",
    "https://aws.amazon.com/bedrock/agentcore/pricing/",
    "2026-03-11",
  ),
  portkeyPlan: price(49, "month of Portkey's Production plan", "https://portkey.ai/pricing", undefined),
  portkeyLogs: price(
    90,
    "million requests above the plan's 100,000",
    "https://portkey.ai/pricing",
    undefined,
  ),
} as const;

function price(usd: number, per: string, source: string, asOf: string | undefined): UnitPrice {
  return { usd, per, source, asOf };
}
