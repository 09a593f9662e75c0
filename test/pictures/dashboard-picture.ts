// The dashboard of the stack with the metrics of a run on one machine: each widget where the template has it, with titled axes.
import type { Widget } from "./dashboard-widgets.ts";
import { escaped, type Line, plot, svg } from "./svg.ts";

/** The lines of each widget, by its title. Written by `npm run pictures` into docs/images/dashboard.json. */
export type DashboardData = {
  readonly seconds: number;
  readonly widgets: Readonly<Record<string, readonly Line[]>>;
};

const CELL = 40;
const GAP = 4;

/** Draws it. */
export function dashboardPicture(
  widgets: readonly Widget[],
  { seconds, widgets: data }: DashboardData,
): string {
  const bottom = Math.max(...widgets.map(({ y, height }) => y + height));
  const boxes = widgets.map((widget) => {
    const { title = widget.type, alarms, yAxis } = widget.properties;
    const box = {
      left: widget.x * CELL + GAP,
      top: widget.y * CELL + GAP,
      width: widget.width * CELL - 2 * GAP,
      height: widget.height * CELL - 2 * GAP,
    };
    if (alarms !== undefined) return alarmBox(box, title, alarms.length);
    const lines = data[title] ?? [];
    return plot({
      ...box,
      title,
      xTitle: "seconds of the run",
      // The periods of a run are shorter than CloudWatch's: run-metrics.ts.
      yTitle: (yAxis?.left?.label ?? "").replace("five minutes", "two seconds"),
      xMax: seconds,
      lines,
    });
  });
  return svg("The dashboard with the metrics of a local run", 24 * CELL, bottom * CELL, boxes);
}

type Box = { left: number; top: number; width: number; height: number };

function alarmBox({ left, top, width, height }: Box, title: string, count: number): string {
  const note = `${count} alarms: CloudWatch shows the state of each here`;
  return `<rect x="${left}" y="${top}" width="${width}" height="${height}" rx="4" fill="#f4f6f8" stroke="#9aa5b1"/><text x="${left + 10}" y="${top + 18}" font-weight="bold">${escaped(title)}</text><text x="${left + 10}" y="${top + 40}" font-size="10">${note}</text>`;
}
