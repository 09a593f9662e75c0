// The whole gateway as `npm start` runs it: the synthesised template behind the local API Gateway, each function in processes of its own.
// Takes its configuration from CONFIG_DIR.
import { startGateway } from "../../../local/gateway.ts";

const gateway = await startGateway({ configDir: process.env["CONFIG_DIR"] ?? "", port: 0 });
process.once("SIGTERM", () => void gateway.close().then(() => process.exit(0)));
console.log(`port ${new URL(gateway.url).port}`);
