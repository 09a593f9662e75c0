// Makes the checker runnable: botocore in a virtual environment under .local/sigv4.
import { join } from "node:path";
import { prepareOrSay, preparePython } from "../support/toolchains.ts";
import { PYTHON } from "./verifier.ts";

prepareOrSay("Signatures", () => preparePython(join(import.meta.dirname, "python"), PYTHON));
