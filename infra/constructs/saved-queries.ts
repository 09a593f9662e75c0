// Saved queries of CloudWatch Logs Insights, in a folder with the gateway's name. They cost nothing until they run.
import { QueryDefinition, QueryString } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { GatewayNames } from "../gateway-names.ts";
import type { GatewayFunction } from "./gateway-function.ts";

/** The functions whose logs are queried. */
export interface SavedQueriesProps {
  readonly names: GatewayNames;
  readonly authorizer: GatewayFunction;
  readonly proxy: GatewayFunction;
  /** Undefined without a combined endpoint. */
  readonly combined: GatewayFunction | undefined;
  /** Whether requests are counted against rate limits. */
  readonly hasRateLimits: boolean;
  /** Whether tools are pinned. */
  readonly hasPins: boolean;
}

/** The saved queries of a gateway. */
export class SavedQueries extends Construct {
  constructor(scope: Construct, id: string, props: SavedQueriesProps) {
    super(scope, id);
    const { names, authorizer, proxy, combined, hasRateLimits, hasPins } = props;
    const requests = [proxy, ...(combined ? [combined] : [])].map(({ logGroup }) => logGroup);
    new QueryDefinition(this, "ToolCallers", {
      queryDefinitionName: `${names.gateway}/who called this tool`,
      logGroups: requests,
      queryString: new QueryString({
        fields: [
          "@timestamp",
          "sub",
          "tenant",
          "client_id",
          "server",
          "decision",
          "reason",
          "status",
          "request_id",
        ],
        filterStatements: ['message = "request"', 'mcp_method = "tools/call"', 'mcp_name = "<tool>"'],
        sort: "@timestamp desc",
        limit: 200,
      }),
    });
    new QueryDefinition(this, "Refusals", {
      queryDefinitionName: `${names.gateway}/why was this user denied`,
      logGroups: [authorizer.logGroup, ...requests],
      queryString: new QueryString({
        // The authorizer logs expected and actual. If the token could not be read, there is no sub: search by request_id.
        fields: [
          "@timestamp",
          "service",
          "server",
          "sub",
          "reason",
          "denied_rule",
          "denied_setting",
          "denied_claim",
          "denied_scopes.0",
          "claim",
          "block_reason",
          "expected",
          "actual",
          "mcp_method",
          "mcp_name",
          "cause",
          "request_id",
        ],
        filterStatements: ['decision = "deny"', 'sub = "<user>"'],
        sort: "@timestamp desc",
        limit: 200,
      }),
    });
    new QueryDefinition(this, "SlowestServers", {
      queryDefinitionName: `${names.gateway}/slowest servers`,
      logGroups: requests,
      queryString: new QueryString({
        filterStatements: ['message = "request"', "ispresent(downstream_ms)"],
        statsStatements: [
          "count(*) as calls, pct(downstream_ms, 50) as p50, pct(downstream_ms, 95) as p95, max(downstream_ms) as longest by server, mcp_method",
        ],
        sort: "p95 desc",
        limit: 50,
      }),
    });
    if (hasPins) {
      new QueryDefinition(this, "ChangedTools", {
        queryDefinitionName: `${names.gateway}/which tools have changed`,
        logGroups: requests,
        queryString: new QueryString({
          filterStatements: ['message = "request"', "ispresent(changed_tools.0)"],
          statsStatements: [
            "count(*) as lists, min(@timestamp) as first, max(@timestamp) as latest by server, changed_tools.0, changed_tools.1, changed_tools.2",
          ],
          sort: "latest desc",
          limit: 200,
        }),
      });
    }
    if (!hasRateLimits) return;
    new QueryDefinition(this, "RateLimited", {
      queryDefinitionName: `${names.gateway}/who is being limited`,
      logGroups: requests,
      queryString: new QueryString({
        filterStatements: [
          'message = "request"',
          "ispresent(rate_limit) or ispresent(rate_limits_would_deny.0)",
        ],
        statsStatements: [
          "count(*) as calls, max(@timestamp) as latest by rate_limit, rate_limits_would_deny.0, sub, tenant, client_id, server, mcp_name",
        ],
        sort: "calls desc",
        limit: 200,
      }),
    });
  }
}
