// What the TypeScript SDK offers for the job: its bearer middleware with jose as the verifier, and http-proxy behind it.
import http from "node:http";
import { requireBearerAuth } from "@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js";
import express from "express";
import httpProxy from "http-proxy";
import { importJWK, jwtVerify } from "jose";
import { serve } from "../subjects/serve.ts";

const { DOWNSTREAM_URL = "", PUBLIC_JWK = "{}", ISSUER = "", AUDIENCE = "" } = process.env;
const key = await importJWK(JSON.parse(PUBLIC_JWK), "RS256");
const proxy = httpProxy.createProxyServer({ agent: new http.Agent({ keepAlive: true }) });
proxy.on("proxyReq", (outgoing) => outgoing.removeHeader("authorization"));

const verifier = {
  async verifyAccessToken(token) {
    const { payload } = await jwtVerify(token, key, {
      issuer: ISSUER,
      audience: AUDIENCE,
      algorithms: ["RS256"],
    });
    return {
      token,
      clientId: String(payload["azp"]),
      scopes: [],
      expiresAt: payload.exp ?? 0,
      extra: payload,
    };
  },
};

const app = express();
app.use(requireBearerAuth({ verifier }), (request, response) => {
  const { auth } = request;
  request.headers["x-user-claims"] = JSON.stringify({
    sub: auth?.extra?.["sub"],
    email: auth?.extra?.["email"],
  });
  const path = request.url.includes("stream") ? "/stream" : "/mcp";
  proxy.web(request, response, { target: new URL(DOWNSTREAM_URL).origin + path, ignorePath: true });
});

serve(app);
