// Configuration in Parameter Store, out of reach.
import { testParts } from "./run-cells.ts";

testParts("faults: ssm", "SSM");
