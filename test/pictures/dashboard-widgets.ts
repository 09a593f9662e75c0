// The widgets of the stack's dashboard, and which metrics each shows: read from the synthesised template, as CloudWatch would.

/** A dashboard widget as CloudWatch takes it. */
export type Widget = {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: {
    readonly title?: string;
    readonly alarms?: readonly unknown[];
    readonly metrics?: readonly (readonly unknown[])[];
    readonly yAxis?: { readonly left?: { readonly label?: string } };
  };
};

/** One of the gateway's metrics in a widget. Without `by` it is one line, else one for each value of that dimension. */
export type Shown = {
  readonly label: string;
  readonly metric: string;
  readonly stat: "Sum" | "p95" | "average open";
  readonly by?: string;
};

type Template = { Resources: Record<string, { Type: string; Properties: unknown }> };

/** The widgets in a template; references stand as a word. */
export function dashboardWidgets(templateText: string): Widget[] {
  const { Resources } = JSON.parse(templateText) as Template;
  const dashboard = Object.values(Resources).find(({ Type }) => Type === "AWS::CloudWatch::Dashboard");
  const { DashboardBody: body } = (dashboard ?? { Properties: {} }).Properties as {
    DashboardBody: { "Fn::Join": [string, unknown[]] };
  };
  const [separator, parts] = body["Fn::Join"];
  const text = parts.map((part) => (typeof part === "string" ? part : "reference")).join(separator);
  return JSON.parse(text).widgets;
}

const SEARCH = /\{McpGateway,gateway,(\w+)\} MetricName="(\w+)".*, '(Sum|p95)'\)$/;

/** What a widget shows of the metrics that a run on one machine has: the gateway's own, and API Gateway's counts. */
export function shownBy({ properties: { metrics = [] } }: Widget): Shown[] {
  const isOfLambdaAlone = metrics.every(
    ([namespace]) => typeof namespace !== "string" || namespace === "AWS/Lambda",
  );
  const isSearch = metrics.some((entry) =>
    SEARCH.test((entry.at(-1) as { expression?: string }).expression ?? ""),
  );
  if (isOfLambdaAlone && !isSearch) return [];
  return metrics.flatMap((entry): Shown[] => {
    const options = (entry.at(-1) ?? {}) as { label?: string; expression?: string; visible?: boolean };
    const { label = "", expression, visible } = options;
    if (visible === false) return [];
    const [, by, searched, stat] = SEARCH.exec(expression ?? "") ?? [];
    if (by !== undefined && searched !== undefined) {
      return [{ label, metric: searched, stat: stat as "Sum" | "p95", by }];
    }
    if (expression?.startsWith("held / ")) return [{ label, metric: "DurationMs", stat: "average open" }];
    if (expression !== undefined) return [{ label, metric: label, stat: "Sum" }];
    const [namespace, metric] = entry as [string, string];
    if (namespace === "AWS/Lambda") return [];
    return [{ label: metric, metric, stat: "Sum" }];
  });
}
