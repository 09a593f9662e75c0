// The example servers as programs: how each is started and stopped.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { closedPort } from "../../support/loopback-server.ts";

const REPOSITORY = join(import.meta.dirname, "..", "..", "..");

/** The examples' sources. */
export const EXAMPLES = join(REPOSITORY, "examples", "downstream");

/** Sources of the servers of the transcripts. */
export const SERVERS = join(import.meta.dirname, "servers");

/** Output folder of `prepare.ts`. */
export const BUILT = join(REPOSITORY, ".local", "examples");

/** The languages of the examples. */
export const LANGUAGES = ["typescript", "python", "go"] as const;

export type Language = (typeof LANGUAGES)[number];

type Command = readonly [string, ...string[]];

const COMMANDS: Readonly<Record<Language, Command>> = {
  typescript: [process.execPath, "server.ts"],
  python: [join(BUILT, "python", "bin", "python"), "server.py"],
  go: [join(BUILT, "go-server")],
};

/** A running example. */
export type ExampleProgram = { url: string; close(): Promise<void> };

/** The servers of the transcripts, which have no code for a gateway: a mounted FastMCP server and one with the Go SDK. */
export const TRANSCRIPT_SERVERS = {
  python: [join(BUILT, "python", "bin", "python"), "-B", join(SERVERS, "python", "server.py")],
  go: [join(BUILT, "go-transcript-server")],
} as const satisfies Record<string, Command>;

/** Starts an example with only these environment variables; resolves when it responds. Rejects with its output if it exits. */
export function startExample(
  language: Language,
  environment: Record<string, string> & { PORT: string },
): Promise<ExampleProgram> {
  return startServer(COMMANDS[language], join(EXAMPLES, language), environment);
}

/** The same for any server that listens on PORT. */
export async function startServer(
  command: Command,
  cwd: string,
  environment: Record<string, string> & { PORT: string },
): Promise<ExampleProgram> {
  const { program, output } = launch(command, cwd, environment);
  const url = exampleUrl(environment.PORT);
  const close = async () => {
    if (program.exitCode !== null) return;
    const ended = once(program, "exit");
    program.kill();
    await ended;
  };
  while (!(await responses(url))) {
    if (program.exitCode !== null) throw new Error(`${command.join(" ")} ended:\n${output()}`);
    await setTimeout(50);
  }
  return { url, close };
}

/** Runs an example that is expected to exit at once; returns its exit status and output. */
export async function exampleEnd(
  language: Language,
  environment: Record<string, string>,
): Promise<{ status: number | null; output: string }> {
  const { program, output } = launch(COMMANDS[language], join(EXAMPLES, language), environment);
  await once(program, "close");
  return { status: program.exitCode, output: output() };
}

/** The MCP endpoint of an example on a port. */
export function exampleUrl(port: string): string {
  return `http://127.0.0.1:${port}/mcp`;
}

/** A free port, because the gateway's configuration names the examples before they run. */
export async function freePort(): Promise<string> {
  return String(await closedPort());
}

function launch(
  [command, ...args]: Command,
  cwd: string,
  environment: Record<string, string>,
): { program: ChildProcess; output: () => string } {
  const program = spawn(command, args, {
    cwd,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [program.stdout, program.stderr]) {
    stream?.on("data", (chunk) => {
      output += String(chunk);
    });
  }
  return { program, output: () => output };
}

async function responses(url: string): Promise<boolean> {
  return await fetch(url).then(
    () => true,
    () => false,
  );
}
