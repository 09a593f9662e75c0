// Installs the clients that are not dependencies of the project: command line clients from npm, two Python clients in a virtual
// environment, and a program with the Go SDK. Also an MCP server in Go; the one in Python runs in the clients' environment.
import { join } from "node:path";
import { SERVERS } from "../../examples/downstream/example-programs.ts";
import { prepareGo, prepareNpm, prepareOrSay, preparePython } from "../../support/toolchains.ts";
import { GO_CLIENT, GO_SERVER, PYTHON } from "./programs.ts";

prepareOrSay("The clients", () => {
  prepareNpm(import.meta.dirname);
  preparePython(join(import.meta.dirname, "python"), PYTHON);
  prepareGo(join(import.meta.dirname, "go"), GO_CLIENT);
  prepareGo(join(SERVERS, "go"), GO_SERVER);
});
