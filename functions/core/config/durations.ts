// Durations as the configuration writes them: seconds, or `30s`, `5m`, `12h`, `1d`.

const SECONDS_PER_UNIT = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
const DURATION = /^(\d{1,9})([smhd]?)$/;

/** Seconds, or undefined when it is no positive whole duration. */
export function durationSeconds(duration: string | number): number | undefined {
  const match = DURATION.exec(String(duration));
  if (match === null) return undefined;
  const unit = (match[2] || "s") as keyof typeof SECONDS_PER_UNIT;
  const seconds = Number(match[1]) * SECONDS_PER_UNIT[unit];
  return seconds > 0 ? seconds : undefined;
}
