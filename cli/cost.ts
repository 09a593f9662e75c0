// `npm run cost -- --requests 1e6 --users 100`: what a month of the gateway costs, line by line, beside others' published prices.
import { parseArgs } from "node:util";
import { commandText } from "../infra/package-paths.ts";
import { type CostLine, elsewhere, monthlyCost, type Traffic, total } from "./cost-model.ts";
import { PRICES } from "./cost-prices.ts";

const DEFAULTS = {
  requests: "1e6",
  users: "100",
  streams: "0",
  hours: "160",
  ttl: "300",
  memory: "512",
  "answer-ms": "200",
  "jwt-seconds": "0",
} as const;

const HELP = `${commandText("cost")} [options]   a month in US dollars, us-east-1, without free tiers

  --requests N     requests a month (${DEFAULTS.requests})
  --users N        people or agents that call (${DEFAULTS.users})
  --streams N      GET streams open all the time (${DEFAULTS.streams}; get_stream is off by default)
  --hours N        hours of the month in which users call (${DEFAULTS.hours})
  --ttl N          seconds for which API Gateway keeps the authorizer's answer (${DEFAULTS.ttl})
  --memory N       MB of the functions (${DEFAULTS.memory})
  --answer-ms N    mean time of an answer (${DEFAULTS["answer-ms"]})
  --jwt-seconds N  jwt_expiry_seconds of the method jwt_header (${DEFAULTS["jwt-seconds"]}: nothing is signed)
`;

/**
 * Runs the command.
 *
 * @returns what is printed
 * @throws Error that says which option is wrong
 */
export function costText(args: readonly string[]): string {
  const names = Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[];
  const options = Object.fromEntries(
    names.map((name) => [name, { type: "string", default: DEFAULTS[name] } as const]),
  );
  const { values } = parseArgs({ args: [...args], options: { ...options, help: { type: "boolean" } } });
  if (values.help === true) return HELP;
  const given: Readonly<Record<string, unknown>> = values;
  const number = (name: keyof typeof DEFAULTS): number => {
    const text = given[name];
    const value = Number(text);
    if (Number.isFinite(value) && value >= 0) return value;
    throw new Error(`--${name} takes a number of 0 or more, got ${JSON.stringify(text)}`);
  };
  const traffic: Traffic = {
    requests: number("requests"),
    users: number("users"),
    streams: number("streams"),
    activeHours: number("hours"),
    authorizerTtlSeconds: number("ttl"),
    memoryMb: number("memory"),
    answerMs: number("answer-ms"),
    jwtSeconds: number("jwt-seconds"),
  };
  const lines = monthlyCost(traffic);
  const sum: CostLine = {
    what: "together",
    quantity: traffic.requests / 1e6,
    unit: "million requests",
    usd: total(lines),
  };
  return [
    "This gateway, a month",
    ...[...lines, sum].map(row),
    "",
    "The same calls elsewhere",
    ...elsewhere(traffic).map(row),
    "",
    "Unit prices",
    ...Object.values(PRICES).map(
      ({ usd, per, source, asOf }) => `  $${usd} per ${per} (${asOf ?? "date not recorded"}, ${source})`,
    ),
    "",
  ].join("\n");
}

function row({ what, quantity, unit, usd }: CostLine): string {
  const amount = `${quantity.toFixed(3)} ${unit}`;
  return `  ${what.padEnd(30)} ${amount.padStart(28)} ${`$${usd.toFixed(2)}`.padStart(12)}`;
}

/** The command on this process's terminal. */
export async function main(args: readonly string[]): Promise<void> {
  try {
    process.stdout.write(costText([...args]));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${HELP}`);
    process.exitCode = 2;
  }
}

if (import.meta.main) await main(process.argv.slice(2));
