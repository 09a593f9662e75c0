// The counters of rate limits in DynamoDB, out of reach.
import { testParts } from "./run-cells.ts";

testParts("faults: dynamodb", "DynamoDB", "DynamoDB, on_store_failure deny");
