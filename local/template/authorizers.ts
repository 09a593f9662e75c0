// The REQUEST authorizers of a template: function, identity sources and cache TTL.

import { checkIdentitySource } from "../api-gateway/identity-sources.ts";
import type { Template } from "./cloudformation.ts";
import { integrationFunction } from "./integration-uri.ts";
import { notSupported, resourcesOf, stringProperty } from "./properties.ts";

export type Authorizer = {
  readonly id: string;
  readonly functionArn: string;
  /** For example `["method.request.header.Authorization", "context.path"]`. */
  readonly identitySources: readonly string[];
  /** 0: results are not cached. */
  readonly ttlSeconds: number;
};

/** Reads all authorizers, by logical ID. */
export function readAuthorizers(template: Template): Map<string, Authorizer> {
  const authorizers = resourcesOf(template, "AWS::ApiGateway::Authorizer", {
    used: ["AuthorizerResultTtlInSeconds", "AuthorizerUri", "IdentitySource", "Type"],
    harmless: ["AuthType", "AuthorizerCredentials", "Name", "RestApiId"],
  });
  return new Map(
    authorizers.map((resource) => {
      const { id, where, properties } = resource;
      if (properties.Type !== "REQUEST") throw notSupported(`${where} Type ${properties.Type}`);
      const sources = String(properties.IdentitySource ?? "")
        .split(",")
        .map((source) => source.trim())
        .filter((source) => source !== "");
      for (const source of sources) checkIdentitySource(source, `${where} IdentitySource`);
      const uri = integrationFunction(stringProperty(resource, "AuthorizerUri"), `${where} AuthorizerUri`);
      const ttlSeconds = Number(properties.AuthorizerResultTtlInSeconds ?? 300);
      return [id, { id, functionArn: uri.functionArn, identitySources: sources, ttlSeconds }];
    }),
  );
}
