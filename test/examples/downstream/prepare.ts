// Prepares the example servers: installs Python packages in a virtual environment and builds the Go program, both under .local/examples.
import { join } from "node:path";
import { prepareGo, prepareOrSay, preparePython } from "../../support/toolchains.ts";
import { BUILT, EXAMPLES, SERVERS } from "./example-programs.ts";

prepareOrSay("The examples", () => {
  preparePython(join(EXAMPLES, "python"), join(BUILT, "python"));
  prepareGo(join(EXAMPLES, "go"), join(BUILT, "go-server"));
  prepareGo(join(SERVERS, "go"), join(BUILT, "go-transcript-server"));
});
