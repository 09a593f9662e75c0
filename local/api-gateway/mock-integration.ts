// The MOCK integration: a static request template contains a status code, which selects a static response.
import type { Integration, MockResponse } from "../template/methods.ts";
import { filledTemplate } from "./body-template.ts";
import { gatewayResponse, type WholeResponse } from "./gateway-response.ts";
import { headerValue } from "./header-maps.ts";
import { mappedHeaders } from "./mapping-expression.ts";
import type { ApiState } from "./route.ts";

/** Responds to a request with the template's response. */
export function runMockIntegration(
  integration: Integration & { type: "MOCK" },
  state: ApiState,
): WholeResponse {
  const type = mediaType(headerValue(state.request.headers, "content-type"));
  const template = integration.requestTemplates[type];
  if (template === undefined) {
    // With WHEN_NO_MATCH the client's body would have to carry the status code.
    const rejected = integration.passthroughBehavior !== "WHEN_NO_MATCH";
    return gatewayResponse(rejected ? "UNSUPPORTED_MEDIA_TYPE" : "API_CONFIGURATION_ERROR", state);
  }
  const response = selected(integration.responses, statusCode(filledTemplate(template, state)));
  if (response === undefined) return gatewayResponse("API_CONFIGURATION_ERROR", state);
  const headers = mappedHeaders(response.headers, state);
  return {
    status: response.status,
    headers: [["Content-Type", "application/json"], ...headers],
    body: filledTemplate(response.templates["application/json"] ?? "", state),
  };
}

function mediaType(contentType: string | undefined): string {
  return contentType?.split(";")[0]?.trim().toLowerCase() || "application/json";
}

function statusCode(text: string): string | undefined {
  try {
    return String((JSON.parse(text) as { statusCode?: unknown }).statusCode);
  } catch {
    return undefined;
  }
}

function selected(responses: readonly MockResponse[], status: string | undefined): MockResponse | undefined {
  if (status === undefined) return undefined;
  const matching = responses.find(
    ({ selectionPattern }) =>
      selectionPattern !== undefined && new RegExp(`^(?:${selectionPattern})$`).test(status),
  );
  return matching ?? responses.find(({ selectionPattern }) => selectionPattern === undefined);
}
