// The gateway exactly as `npm start` runs it without arguments: the example configuration, the local sign-in server, both example servers.
import { join } from "node:path";
import { readConfigSource } from "../../infra/config-source.ts";
import { type Demo, startDemo } from "../../infra/local/demo.ts";
import { startGateway } from "../../infra/local/gateway.ts";

export type DemoStand = {
  url: string;
  signIn: Demo["signIn"];
  endpoint(server: "whoami" | "everything"): string;
  close(): Promise<void>;
};

export async function startDemoStand(): Promise<DemoStand> {
  const configDir = join(import.meta.dirname, "..", "..", "config");
  const starting: { demo?: Demo } = {};
  const gateway = await startGateway({
    configDir,
    port: 0,
    overlay: async (publicUrl) => {
      starting.demo = await startDemo(readConfigSource(configDir), publicUrl, 0);
      return starting.demo.overlay;
    },
  });
  const { demo } = starting;
  if (demo === undefined) throw new Error("the gateway never asked for the demo");
  return {
    url: gateway.url,
    signIn: demo.signIn,
    endpoint: (server) => `${gateway.url}/${server}/mcp`,
    close: async () => {
      await gateway.close();
      await demo.close();
    },
  };
}
