// `npm run cost -- --requests 1e6 --users 100`: the monthly cost of the gateway, line by line, next to other products' published prices.
import { commandText } from "../infra/package-paths.ts";
import {
  type CostLine,
  elsewhere,
  type FixedResources,
  fixedCost,
  type Traffic,
  total,
  usageCost,
} from "./cost-model.ts";
import { PRICES } from "./cost-prices.ts";
import { processTerminal, readArgs, runGuarded, UsageError } from "./terminal.ts";

const DEFAULTS = {
  requests: "1e6",
  users: "100",
  streams: "0",
  hours: "160",
  ttl: "300",
  memory: "512",
  "answer-ms": "200",
  "jwt-seconds": "0",
  "rate-limits": "0",
  servers: "2",
  nat: "0",
} as const;

const HELP = `Usage: ${commandText("cost", "[options]")}

Estimates the cost of a month, in US dollars, in us-east-1, without free tiers.

  --requests N     requests a month (${DEFAULTS.requests})
  --users N        callers: people or agents (${DEFAULTS.users})
  --streams N      GET streams that are always open (${DEFAULTS.streams}; get_stream is off by default)
  --hours N        hours of the month in which users call (${DEFAULTS.hours})
  --ttl N          TTL of the authorizer cache in seconds (${DEFAULTS.ttl})
  --memory N       MB of the functions (${DEFAULTS.memory})
  --answer-ms N    mean response time (${DEFAULTS["answer-ms"]})
  --jwt-seconds N  jwt_expiry_seconds of the method jwt_header (${DEFAULTS["jwt-seconds"]}: no signing)
  --rate-limits N  rate limits that count each request (${DEFAULTS["rate-limits"]}: no table)
  --servers N      MCP servers in use, for their metrics (${DEFAULTS.servers})
  --nat N          NAT gateways used only by the gateway (${DEFAULTS.nat})
  --combined       with the combined endpoint
  --waf            with the web ACL and all of its rules
  --no-dashboard   without the dashboard
  --no-alarms      without the alarms
`;

const FLAGS = {
  combined: { type: "boolean" },
  waf: { type: "boolean" },
  "no-dashboard": { type: "boolean" },
  "no-alarms": { type: "boolean" },
  help: { type: "boolean" },
} as const;

/**
 * Runs the command.
 *
 * @returns what is printed
 * @throws UsageError that names the invalid option
 */
export function costText(args: readonly string[]): string {
  const names = Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[];
  const options = Object.fromEntries(
    names.map((name) => [name, { type: "string", default: DEFAULTS[name] } as const]),
  );
  const { values } = readArgs({ args: [...args], options: { ...options, ...FLAGS } });
  if (values.help === true) return HELP;
  const given: Readonly<Record<string, unknown>> = values;
  const number = (name: keyof typeof DEFAULTS): number => {
    const text = given[name];
    const value = Number(text);
    if (Number.isFinite(value) && value >= 0) return value;
    throw new UsageError(`--${name} expects a number of 0 or more, but got ${JSON.stringify(text)}`);
  };
  const traffic: Traffic = {
    requests: number("requests"),
    users: number("users"),
    streams: number("streams"),
    activeHours: number("hours"),
    authorizerTtlSeconds: number("ttl"),
    memoryMb: number("memory"),
    responseMs: number("answer-ms"),
    jwtSeconds: number("jwt-seconds"),
    rateLimits: number("rate-limits"),
  };
  const resources: FixedResources = {
    servers: number("servers"),
    natGateways: number("nat"),
    combined: values.combined === true,
    waf: values.waf === true,
    dashboard: values["no-dashboard"] !== true,
    alarms: values["no-alarms"] !== true,
  };
  const usage = usageCost(traffic);
  const monthly = fixedCost(resources, traffic);
  const sum = (what: string, lines: readonly CostLine[]): CostLine => ({
    what,
    quantity: traffic.requests / 1e6,
    unit: "million requests",
    usd: total(lines),
  });
  return [
    "This gateway, a month",
    ...[...usage, sum("by use", usage), ...monthly, sum("together", [...usage, ...monthly])].map(row),
    "",
    "The same calls elsewhere",
    ...elsewhere(traffic).map(row),
    "",
    "Unit prices",
    ...Object.values(PRICES).map(
      ({ usd, per, source, readAt, asOf }) =>
        `  $${usd} per ${per} (${source}${readAt === source ? "" : `, read at ${readAt}`}, ${asOf})`,
    ),
    "",
  ].join("\n");
}

function row({ what, quantity, unit, usd }: CostLine): string {
  const amount = `${quantity.toFixed(3)} ${unit}`;
  return `  ${what.padEnd(32)} ${amount.padStart(26)} ${`$${usd.toFixed(2)}`.padStart(12)}`;
}

export async function main(args: readonly string[]): Promise<void> {
  process.exitCode = await runGuarded(processTerminal(), commandText("cost", "--help"), async ({ out }) => {
    out(costText([...args]));
    return 0;
  });
}

if (import.meta.main) await main(process.argv.slice(2));
