import { request } from "node:http";
import { afterAll, beforeAll, it } from "vitest";
import { type GatewayStand, startStand } from "../support/gateway-stand.ts";

let stand: GatewayStand;
const records: any[] = [];
beforeAll(async () => {
  stand = await startStand(() => ({
    gateway: { combined: { servers: "all" } },
    servers: { tools: {}, reports: { jwt_validation: undefined }, vip: {} },
  }), { onRequest: (r: any) => void records.push(r) } as any);
}, 120_000);
afterAll(() => stand?.close());

function raw(method: string, path: string, headers: [string, string][], body = '{"jsonrpc":"2.0","id":1,"method":"ping"}') {
  const port = Number(new URL(stand.url).port);
  return new Promise<{ status: number; body: string; headers: any }>((resolve, reject) => {
    const r = request({ port, host: "127.0.0.1", method, path, headers: [...headers, ["host", `127.0.0.1:${port}`], ["content-type", "application/json"], ["accept", "application/json, text/event-stream"], ["content-length", String(method === "POST" ? body.length : 0)]].flat() as any, setHost: false } as any, (res) => {
      let t = ""; res.on("data", (c) => (t += c)); res.on("end", () => resolve({ status: res.statusCode!, body: t, headers: res.headers }));
    });
    r.on("error", reject);
    r.end(method === "POST" ? body : undefined);
    setTimeout(() => r.destroy(new Error("timeout")), 8000);
  });
}

it("attacks", async () => {
  const t = await stand.issuer.token();
  const A: [string, string][] = [["authorization", `Bearer ${t}`]];
  const go = async (label: string, method: string, path: string, headers = A) => {
    stand.recorder.reset();
    const r = await raw(method, path, headers).catch((e) => ({ status: 0, body: String(e), headers: {} }));
    console.log(label.padEnd(34), r.status, "sent", stand.recorder.requests.map((q) => q.method + q.path).join(), r.body.slice(0, 130).replaceAll("\n", " "));
    return r;
  };
  await go("good", "POST", "/tools/mcp");
  for (const p of ["/tools%2Fmcp", "/TOOLS/mcp", "/tools/mcp/", "/tools//mcp", "//tools/mcp", "/tools/mcp;x", "/tools;x/mcp", "/%74ools/mcp", "/tools/%6dcp", "/tools%2e/mcp", "/../tools/mcp", "/x/../tools/mcp", "/tools%00/mcp", "/*/mcp", "/%2A/mcp", "/${x}/mcp", "/tools%3fmcp/mcp", "/%2Fmcp/mcp", "/mcp/mcp", "/tools?/mcp", "/tools%20/mcp", "/tools%0a/mcp", "/é/mcp", "/%C3%A9/mcp", "/%ff/mcp", "/%/mcp", "/" + "a".repeat(700) + "/mcp", "/" + "*".repeat(300) + "/mcp", "/__proto__/mcp", "/constructor/mcp"]) await go(p.slice(0, 32), "POST", p);
  await go("two auth same", "POST", "/tools/mcp", [...A, ["Authorization", `Bearer ${t}`]]);
  const t2 = await stand.issuer.token({ sub: "U2bob" });
  await go("two auth diff", "POST", "/tools/mcp", [["authorization", `Bearer ${t2}`], ...A]);
  await go("two auth diff rev", "POST", "/tools/mcp", [...A, ["authorization", `Bearer ${t2}`]]);
  await go("auth comma", "POST", "/tools/mcp", [["authorization", `Bearer ${t}, Bearer ${t2}`]]);
  await go("auth empty + good", "POST", "/tools/mcp", [["authorization", ""], ...A]);
  await go("DPoP scheme", "POST", "/tools/mcp", [["authorization", `DPoP ${t}`]]);
  await go("dpop header + bearer", "POST", "/tools/mcp", [...A, ["dpop", "x"]]);
  await go("override DELETE", "POST", "/tools/mcp", [...A, ["x-http-method-override", "DELETE"]]);
  await go("override GET", "POST", "/tools/mcp", [...A, ["x-http-method-override", "GET"]]);
  await go("override OPTIONS", "POST", "/tools/mcp", [...A, ["x-http-method-override", "OPTIONS"]]);
  await go("query access_token", "POST", `/tools/mcp?access_token=${t}`, []);
  for (const [n, c] of Object.entries({ cnf: { cnf: { jkt: "x" } }, cnfnull: { cnf: null }, issarr: { iss: [stand.issuer.issuer] }, subarr: { sub: ["U2alice"] }, expstr: { exp: "9999999999" }, audobj: { aud: { a: 1 } }, nbf: { nbf: Date.now() } })) {
    const tk = await stand.issuer.token(c as any);
    await go("claim " + n, "POST", "/tools/mcp", [["authorization", `Bearer ${tk}`]]);
    await go("combined " + n, "POST", "/mcp", [["authorization", `Bearer ${tk}`]]);
  }
  const big = await stand.issuer.token({ cnf: { x: 1 } });
  await go("deny long path", "POST", "/" + "a".repeat(700) + "/mcp", [["authorization", `Bearer ${big}`]]);
  const long = "x.".padEnd(8300, "a");
  await go("token_too_long long path", "POST", "/" + "a".repeat(700) + "/mcp", [["authorization", `Bearer ${long}`]]);
  await go("token_too_long", "POST", "/tools/mcp", [["authorization", `Bearer ${long}`]]);
}, 300_000);
