// The MCP server behind, out of reach or breaking off.
import { testParts } from "./run-cells.ts";

testParts("faults: downstream", "downstream", "downstream, filtered");
