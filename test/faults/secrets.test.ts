// Secrets in Parameter Store, out of reach.
import { testParts } from "./run-cells.ts";

testParts("faults: secrets", "SSM secret");
