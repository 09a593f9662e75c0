// The synthesised template without resources that the emulator does not support, and with buffered integrations.
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

// Unsupported by the emulator, or supported without metric math. They do not affect requests.
const LEFT_OUT = ["AWS::Logs::QueryDefinition", "AWS::CloudWatch::Alarm"];
const PRELOAD = join(import.meta.dirname, "buffered-runtime.cjs");
const BUFFERED_TIMEOUT_MS = 29_000;

// biome-ignore lint/suspicious/noExplicitAny: the template is accessed by path, and the deployment validates it
type Resource = { Type: string; Properties: any };

/** Adapts every template of a cloud assembly; returns the number of omitted resources by type. */
export function adaptTemplates(assembly: string): Record<string, number> {
  const leftOut: Record<string, number> = {};
  for (const file of globSync(join(assembly, "*.template.json"))) {
    const template = JSON.parse(readFileSync(file, "utf8")) as { Resources: Record<string, Resource> };
    for (const [id, resource] of Object.entries(template.Resources)) {
      if (LEFT_OUT.includes(resource.Type)) {
        delete template.Resources[id];
        leftOut[resource.Type] = (leftOut[resource.Type] ?? 0) + 1;
      } else adapt(resource);
    }
    writeFileSync(file, JSON.stringify(template));
  }
  return leftOut;
}

function adapt({ Type, Properties }: Resource): void {
  if (Type === "AWS::Lambda::Function" && Properties.Environment !== undefined) {
    Properties.Environment.Variables.NODE_OPTIONS = `--require ${PRELOAD}`;
  }
  const integration = Type === "AWS::ApiGateway::Method" ? Properties.Integration : undefined;
  if (integration?.ResponseTransferMode !== "STREAM") return;
  delete integration.ResponseTransferMode;
  integration.TimeoutInMillis = BUFFERED_TIMEOUT_MS;
  const uri = JSON.stringify(integration.Uri);
  integration.Uri = JSON.parse(
    uri.replace("2021-11-15", "2015-03-31").replace("response-streaming-invocations", "invocations"),
  );
}
