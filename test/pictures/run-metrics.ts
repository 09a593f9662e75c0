// The lines of a dashboard's widgets from what a run logged: values in CloudWatch's embedded metric format, put into periods of two seconds.
import type { DashboardData } from "./dashboard-picture.ts";
import { type Shown, shownBy, type Widget } from "./dashboard-widgets.ts";
import type { LogLine, RecordedRun } from "./record-run.ts";
import type { Line } from "./svg.ts";

const PERIOD_SECONDS = 2;

/** One value of a metric: seconds since the start of the run, and the value of the dimension it was asked by. */
type Point = { readonly at: number; readonly value: number; readonly of: string };

type Directive = { Dimensions: string[][]; Metrics: { Name: string }[] };
type Embedded = { Timestamp: number; CloudWatchMetrics: Directive[] };

/** What each widget shows of the run; widgets without a metric that a local run has are left out. */
export function dashboardData(widgets: readonly Widget[], run: RecordedRun): DashboardData {
  const entries = widgets.flatMap((widget) => {
    const lines = shownBy(widget).flatMap((shown) => linesOf(shown, pointsOf(shown, run), run.seconds));
    return lines.length === 0 ? [] : [[widget.properties.title ?? "", lines] as const];
  });
  return { seconds: run.seconds, widgets: Object.fromEntries(entries) };
}

function linesOf({ label, stat, by }: Shown, points: readonly Point[], seconds: number): Line[] {
  const names = by === undefined ? [""] : [...new Set(points.map(({ of }) => of))].sort();
  return names.map((name) => {
    const own = points.filter(({ of }) => by === undefined || of === name);
    return { label: by === undefined ? label : name, points: inPeriods(own, stat, seconds) };
  });
}

function inPeriods(points: readonly Point[], stat: Shown["stat"], seconds: number): [number, number][] {
  return Array.from({ length: seconds / PERIOD_SECONDS }, (_, period) => {
    const start = period * PERIOD_SECONDS;
    const values = points
      .filter(({ at }) => at >= start && at < start + PERIOD_SECONDS)
      .map(({ value }) => value)
      .sort((a, b) => a - b);
    return [start + PERIOD_SECONDS / 2, Number(statistic(values, stat).toPrecision(4))];
  });
}

function statistic(values: readonly number[], stat: Shown["stat"]): number {
  if (stat === "p95") return values[Math.ceil(values.length * 0.95) - 1] ?? 0;
  const sum = values.reduce((total, value) => total + value, 0);
  return stat === "Sum" ? sum : sum / (PERIOD_SECONDS * 1_000);
}

function pointsOf({ metric, by }: Shown, { lines, requests, startedAt }: RecordedRun): Point[] {
  const isApiMetric: Record<string, (status: number) => boolean> = {
    Count: () => true,
    "4XXError": (status) => status >= 400 && status < 500,
    "5XXError": (status) => status >= 500,
  };
  const counts = isApiMetric[metric];
  if (counts !== undefined) {
    return requests.map(({ at, ms, status }) => ({
      at: (at.getTime() + ms - startedAt) / 1_000,
      value: counts(status) ? 1 : 0,
      of: "",
    }));
  }
  return lines.flatMap((line) => pointOf(line, metric, by, startedAt));
}

function pointOf(line: LogLine, metric: string, by: string | undefined, startedAt: number): Point[] {
  const { Timestamp, CloudWatchMetrics = [] } = (line["_aws"] ?? {}) as Partial<Embedded>;
  const has = CloudWatchMetrics.some(
    ({ Dimensions, Metrics }) =>
      Metrics.some(({ Name }) => Name === metric) &&
      (by === undefined || Dimensions.some((names) => names.includes(by))),
  );
  if (!has || Timestamp === undefined) return [];
  return [line[metric]].flat().map((value) => ({
    at: (Timestamp - startedAt) / 1_000,
    value: Number(value),
    of: by === undefined ? "" : String(line[by]),
  }));
}
