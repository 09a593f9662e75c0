// The overlay replaces only hosts.
import { expect, test } from "vitest";
import { overlaid } from "../../cli/config-overlay.ts";

const URL = "http://127.0.0.1:8787";

function sourceOf(gateway: object | string, servers: Record<string, object | string> = {}) {
  const text = (value: object | string) => (typeof value === "string" ? value : JSON.stringify(value));
  return {
    gateway: { file: "gateway.json", text: text(gateway) },
    servers: Object.entries(servers).map(([name, server]) => ({
      name,
      file: `${name}.json`,
      text: text(server),
    })),
  };
}

test("adds the local address to a gateway without public_url", () => {
  const { gateway } = overlaid(sourceOf({ descope: { project_id: "P" } }), {}, URL);
  expect(JSON.parse(gateway.text)).toEqual({ descope: { project_id: "P" }, public_url: URL });
});

test("keeps the file's public_url, unless the overlay has one", () => {
  const source = sourceOf({ public_url: "https://mcp.example.com" });
  expect(JSON.parse(overlaid(source, {}, URL).gateway.text).public_url).toBe("https://mcp.example.com");
  expect(JSON.parse(overlaid(source, { publicUrl: URL }, URL).gateway.text).public_url).toBe(URL);
});

test("replaces descope.base_url and the url of named servers, and keeps everything else", () => {
  const source = sourceOf(
    { descope: { project_id: "P", mcp_server_id: "MS" } },
    { whoami: { url: "https://a.example", timeouts: { connectMs: 1 } }, other: { url: "https://b.example" } },
  );
  const overlay = { descopeBaseUrl: "http://127.0.0.1:1", serverUrls: { whoami: "http://127.0.0.1:2/mcp" } };
  const { gateway, servers } = overlaid(source, overlay, URL);
  expect(JSON.parse(gateway.text).descope).toEqual({
    project_id: "P",
    mcp_server_id: "MS",
    base_url: "http://127.0.0.1:1",
  });
  expect(servers.map(({ text }) => JSON.parse(text))).toEqual([
    { url: "http://127.0.0.1:2/mcp", timeouts: { connectMs: 1 } },
    { url: "https://b.example" },
  ]);
});

test("replaces the host in a server's own descope block", () => {
  const own = { mcp_server_id: "RS2", region: "euc1" };
  const source = sourceOf(
    {},
    { a: { url: "https://a.example", descope: own }, b: '{"url":  "https://b.example"}' },
  );
  const { servers } = overlaid(source, { descopeBaseUrl: "http://127.0.0.1:1" }, URL);
  expect(JSON.parse(servers[0]?.text ?? "").descope).toEqual({
    mcp_server_id: "RS2",
    base_url: "http://127.0.0.1:1",
  });
  expect(servers[1]?.text).toBe('{"url":  "https://b.example"}');
});

test("does not add a descope block to a gateway without one", () => {
  const { gateway } = overlaid(
    sourceOf({ jwt_validation: {} }),
    { descopeBaseUrl: "http://127.0.0.1:1" },
    URL,
  );
  expect(JSON.parse(gateway.text)).not.toHaveProperty("descope");
});

test("passes a file that is not JSON to the checks unchanged", () => {
  expect(overlaid(sourceOf("{ nonsense"), {}, URL).gateway.text).toBe("{ nonsense");
});

test("replaces Descope's URLs in upstream_auth, and keeps those of other issuers", () => {
  const connection = {
    type: "descope_connection",
    app_id: "linear",
    connect_url: "https://auth.example/P?flow=x",
  };
  const exchange = { type: "token_exchange", token_url: "https://api.descope.com/oauth2/v1/apps/token" };
  const foreign = { type: "client_credentials", token_url: "https://login.example/token" };
  const source = sourceOf(
    { upstream_auth: { ...exchange } },
    {
      notes: {
        url: "https://n.example",
        upstream_auth: { ...connection, base_url: "https://api.euc1.descope.com" },
      },
      tools: {
        url: "https://t.example",
        upstream_auth: foreign,
        tenants: { T1: { upstream_auth: connection } },
      },
    },
  );
  const base = "http://127.0.0.1:1";
  const overlay = { descopeBaseUrl: base, connectUrl: `${base}/P?flow=connections` };
  const { gateway, servers } = overlaid(source, overlay, URL);
  expect(JSON.parse(gateway.text).upstream_auth).toEqual({
    type: "token_exchange",
    token_url: "http://127.0.0.1:1/oauth2/v1/apps/token",
  });
  expect(servers.map(({ text }) => JSON.parse(text))).toEqual([
    {
      url: "https://n.example",
      upstream_auth: {
        type: "descope_connection",
        app_id: "linear",
        connect_url: "http://127.0.0.1:1/P?flow=connections",
        base_url: "http://127.0.0.1:1",
      },
    },
    {
      url: "https://t.example",
      upstream_auth: { type: "client_credentials", token_url: "https://login.example/token" },
      tenants: {
        T1: {
          upstream_auth: {
            type: "descope_connection",
            app_id: "linear",
            connect_url: "http://127.0.0.1:1/P?flow=connections",
          },
        },
      },
    },
  ]);
});

test("keeps upstream_auth unchanged if Descope is not replaced", () => {
  const server = { url: "https://n.example", upstream_auth: { connect_url: "https://auth.example" } };
  const { servers } = overlaid(sourceOf({}, { notes: server }), {}, URL);
  expect(servers[0]?.text).toBe(JSON.stringify(server));
});

test("replaces a tenant's own url with the server's", () => {
  const tenants = { T1: { url: "https://t1.example" }, T2: { upstream_auth: { type: "none" } } };
  const source = sourceOf({}, { a: { url: "https://a.example", tenants } });
  const overlay = { descopeBaseUrl: "http://127.0.0.1:1", serverUrls: { a: "http://127.0.0.1:2/mcp" } };
  expect(JSON.parse(overlaid(source, overlay, URL).servers[0]?.text ?? "").tenants).toEqual({
    T1: { url: "http://127.0.0.1:2/mcp" },
    T2: { upstream_auth: { type: "none" } },
  });
});
