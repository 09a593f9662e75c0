// The TypeScript SDK's bearer middleware with jose as its verifier, and http-proxy behind it.
import http from "node:http";
import { InvalidTokenError } from "@modelcontextprotocol/sdk/server/auth/errors.js";
import { requireBearerAuth } from "@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js";
import express from "express";
import httpProxy from "http-proxy";
import { importJWK, jwtVerify } from "jose";
import { serve } from "../subjects/serve.ts";

const { UPSTREAM_URL = "", PUBLIC_JWK = "{}", ISSUER = "", AUDIENCE = "" } = process.env;
const key = await importJWK(JSON.parse(PUBLIC_JWK), "RS256");
const proxy = httpProxy.createProxyServer({ agent: new http.Agent({ keepAlive: true }) });
proxy.on("proxyReq", (outgoing) => outgoing.removeHeader("authorization"));

const verifier = {
  async verifyAccessToken(token) {
    const checks = { issuer: ISSUER, audience: AUDIENCE, algorithms: ["RS256"] };
    const { payload } = await jwtVerify(token, key, checks).catch(() => {
      throw new InvalidTokenError("invalid token");
    });
    const { azp, exp = 0 } = payload;
    return { token, clientId: String(azp), scopes: [], expiresAt: exp, extra: payload };
  },
};

const app = express();
app.use(requireBearerAuth({ verifier }), (request, response) => {
  const { sub, email } = request.auth?.extra ?? {};
  request.headers["x-user-claims"] = JSON.stringify({ sub, email });
  proxy.web(request, response, { target: UPSTREAM_URL, ignorePath: true });
});

serve(app);
