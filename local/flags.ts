// The command line of `npm start`.
import { readArgs, UsageError } from "../cli/terminal.ts";
import { commandText } from "../infra/package-paths.ts";

export type Flags = {
  /** undefined: the example configuration with the demo around it. */
  readonly configDir: string | undefined;
  readonly port: number;
  readonly demo: boolean;
  readonly stagePath: boolean;
  readonly edge: boolean;
  readonly verbose: boolean;
  /** File with the values of secret references; undefined: the default file, if it exists. */
  readonly secretsFile: string | undefined;
  /** Whether the sign-in server advertises client id metadata documents; undefined: if it can fetch them. */
  readonly cimd: boolean | undefined;
};

export const USAGE = `Usage: ${commandText("local", "[flags]")}

Runs the gateway on this machine. Without flags: the example in config/, with a sign-in
server and three MCP servers to try it with.

  --config DIR   run the gateway that DIR describes (gateway.json, servers/*.json), as it is
  --port N       listen on port N of 127.0.0.1 (default 8787)
  --demo         with --config: use the demo's sign-in server instead of Descope, and its MCP
                 servers instead of the servers named whoami, whoami-*, everything and notes
  --no-demo      start no sign-in server and no MCP servers with the example
  --secrets FILE a JSON file that gives the configuration's {{ssm:/name}} references values on
                 this machine: { "/name": "value" } (default .local/secrets.json)
  --stage-path   serve below /local, as API Gateway does without a custom domain
  --edge         respond as behind CloudFront: no stage in the URL, and WWW-Authenticate
                 under its own name
  --no-cimd      the sign-in server does not advertise client id metadata documents (CIMD),
                 so that every client registers itself; --cimd: it does. Without either:
                 it does where this machine can look up names on the internet
  --verbose      print what the functions log instead of writing it to .local/logs/PORT
  --help         print this`;

const DEFAULT_PORT = 8787;

/** Reads the flags; returns `"help"` for --help. @throws UsageError */
export function readFlags(args: readonly string[]): Flags | "help" {
  const values = parsed(args);
  if (values.help) return "help";
  const port = Number(values.port ?? DEFAULT_PORT);
  if (!/^\d{1,5}$/.test(values.port ?? String(DEFAULT_PORT)) || port > 65_535) {
    throw new UsageError(`--port expects a number from 0 to 65535, but got ${JSON.stringify(values.port)}`);
  }
  if (values.edge && values["stage-path"])
    throw new UsageError("--edge and --stage-path cannot be used together");
  if (values.cimd && values["no-cimd"]) throw new UsageError("--cimd and --no-cimd cannot be used together");
  if (values.config === "") throw new UsageError("--config expects a folder that contains gateway.json");
  if (values.secrets === "") throw new UsageError("--secrets expects a JSON file");
  return {
    configDir: values.config,
    port,
    demo: values.demo ?? (values.config === undefined && !values["no-demo"]),
    stagePath: values["stage-path"] ?? false,
    edge: values.edge ?? false,
    verbose: values.verbose ?? false,
    secretsFile: values.secrets,
    cimd: values["no-cimd"] ? false : values.cimd,
  };
}

function parsed(args: readonly string[]) {
  return readArgs({
    args: [...args],
    options: {
      config: { type: "string" },
      port: { type: "string" },
      demo: { type: "boolean" },
      "no-demo": { type: "boolean" },
      "stage-path": { type: "boolean" },
      edge: { type: "boolean" },
      secrets: { type: "string" },
      verbose: { type: "boolean" },
      cimd: { type: "boolean" },
      "no-cimd": { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  }).values;
}
