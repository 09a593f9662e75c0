// The plot of docs/operations.md: what the account must grant, by the quota model.
import { svg } from "./svg.ts";

const USERS = [10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000];
const ACCOUNT_LIMIT = 1_000;
const PLOT = { left: 70, top: 20, width: 560, height: 300 };

/** Draws executions at once against users, both axes in powers of ten: one in five active, three requests of a second a minute. */
export function quotaPlot(): string {
  const executions = (users: number) => ((users / 5) * 3) / 60;
  const withStreams = (users: number) => executions(users) + users / 5;
  const x = (users: number) => PLOT.left + (Math.log10(users / 10) / 4) * PLOT.width;
  const y = (count: number) => PLOT.top + PLOT.height * (1 - Math.log10(Math.max(count, 0.1) / 0.1) / 6);
  const line = (of: (users: number) => number, colour: string) =>
    `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${USERS.map((users) => `${x(users).toFixed(1)},${y(of(users)).toFixed(1)}`).join(" ")}"/>`;
  const ticks = [
    ...[10, 100, 1_000, 10_000, 100_000].map(
      (users) =>
        `<text x="${x(users)}" y="${PLOT.top + PLOT.height + 20}" text-anchor="middle">${users.toLocaleString("en")}</text>`,
    ),
    ...[0.1, 1, 10, 100, 1_000, 10_000, 100_000].map(
      (count) =>
        `<text x="${PLOT.left - 8}" y="${y(count) + 4}" text-anchor="end">${count.toLocaleString("en")}</text><line x1="${PLOT.left}" x2="${PLOT.left + PLOT.width}" y1="${y(count)}" y2="${y(count)}" stroke="#e4e8ec"/>`,
    ),
  ];
  const limit = y(ACCOUNT_LIMIT);
  return svg("Executions at once against users", PLOT.left + PLOT.width + 190, PLOT.top + PLOT.height + 50, [
    ...ticks,
    `<line x1="${PLOT.left}" x2="${PLOT.left + PLOT.width}" y1="${limit}" y2="${limit}" stroke="#c0392b" stroke-dasharray="6 4"/>`,
    `<text x="${PLOT.left + PLOT.width + 8}" y="${limit + 4}" fill="#c0392b">default of the account</text>`,
    line(executions, "#2f6fd0"),
    `<text x="${PLOT.left + PLOT.width + 8}" y="${y(executions(100_000)) + 20}" fill="#2f6fd0">requests alone</text>`,
    line(withStreams, "#8a5cc2"),
    `<text x="${PLOT.left + PLOT.width + 8}" y="${y(withStreams(100_000)) + 4}" fill="#8a5cc2">with a GET stream each</text>`,
    `<text x="${PLOT.left + PLOT.width / 2}" y="${PLOT.top + PLOT.height + 42}" text-anchor="middle">users</text>`,
  ]);
}
