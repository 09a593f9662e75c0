// Preloaded: any connection to another host fails.
import { Socket } from "node:net";

Socket.prototype.connect = () => {
  throw new Error("a synthesis must not use the network");
};
