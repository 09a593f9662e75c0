// The token endpoint of `upstream_auth`, out of reach. Tokens that end at once or are revoked midway:
// test/functions/proxy/upstream-credentials.
import { testParts } from "./run-cells.ts";

testParts("faults: token-endpoint", "token endpoint");
