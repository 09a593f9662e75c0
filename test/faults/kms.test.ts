// The signing keys, out of reach.
import { testParts } from "./run-cells.ts";

testParts("faults: kms", "KMS");
