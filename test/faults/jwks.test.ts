// The issuer's keys, out of reach.
import { testParts } from "./run-cells.ts";

testParts("faults: jwks", "JWKS");
