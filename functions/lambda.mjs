// The module that Lambda loads: a function's bundle, after its first reads. Lambda's init phase lasts until then, and has a whole vCPU; a
// request has the share that belongs to the function's memory. The bundle is CommonJS, which loads faster but cannot wait.
// https://serverlessland.com/content/service/lambda/guides/effectively-running-java-on-serverless/init-heavy-lifting
import { createRequire } from "node:module";

const { handler, ready } = createRequire(import.meta.url)("./index.js");
await ready;

export { handler };
