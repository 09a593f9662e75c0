// Reads the body of an answer that is small by nature, and no more of it than that.
import type { IncomingMessage } from "node:http";

/**
 * Reads an answer to its end.
 *
 * @param maxBytes size above which it is given up
 * @throws Error where it is larger or breaks off
 */
export function readAnswer(response: IncomingMessage, maxBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on("data", (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size > maxBytes) response.destroy(new Error(`an answer of more than ${maxBytes} bytes`));
    });
    response.on("error", reject);
    response.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
  });
}
