// Published unit prices in US dollars, us-east-1, without free tiers and discounts, each with its page and the date for which it was known.

/** One price. */
export type UnitPrice = { usd: number; per: string; source: string; asOf: string };

export const PRICES = {
  apiRequest: price(3.5, "million requests", "https://aws.amazon.com/api-gateway/pricing/", "2026-06"),
  lambdaRequest: price(0.2, "million invocations", "https://aws.amazon.com/lambda/pricing/", "2026-06"),
  lambdaTime: price(
    13.3334,
    "million GB-seconds on arm64",
    "https://aws.amazon.com/lambda/pricing/",
    "2026-06",
  ),
  kmsKey: price(1, "key and month", "https://aws.amazon.com/kms/pricing/", "2026-06"),
  kmsSign: price(
    15,
    "million signatures with an elliptic curve",
    "https://aws.amazon.com/kms/pricing/",
    "2026-06",
  ),
  logs: price(0.5, "GB of logs taken in", "https://aws.amazon.com/cloudwatch/pricing/", "2026-06"),
  agentCore: price(
    5,
    "million calls through AgentCore Gateway",
    "https://aws.amazon.com/bedrock/agentcore/pricing/",
    "2026-03-11",
  ),
  portkeyPlan: price(49, "month of Portkey's Production plan", "https://portkey.ai/pricing", "2026-06"),
  portkeyLogs: price(
    90,
    "million requests above the plan's 100,000",
    "https://portkey.ai/pricing",
    "2026-06",
  ),
} as const;

function price(usd: number, per: string, source: string, asOf: string): UnitPrice {
  return { usd, per, source, asOf };
}
