// Bytes of a body that are held until enough of them have arrived.

/** So many small chunks become one. */
const MERGED_CHUNKS = 1_024;

/** Bytes in the order in which they arrived. */
export type HeldBytes = {
  readonly length: number;
  add(chunk: Buffer): void;
  /** Returns all bytes, and holds none of them any more. */
  take(): Buffer;
};

/**
 * Opens an empty store. Small chunks are merged, since each takes hundreds of bytes of memory: 1 MB that a server sent in chunks of one byte
 * took 480 MB.
 */
export function holdBytes(): HeldBytes {
  let merged: Buffer[] = [];
  let chunks: Buffer[] = [];
  let length = 0;
  return {
    get length() {
      return length;
    },
    add(chunk) {
      if (chunk.length === 0) return;
      length += chunk.length;
      chunks.push(chunk);
      if (chunks.length < MERGED_CHUNKS) return;
      merged.push(Buffer.concat(chunks));
      chunks = [];
    },
    take() {
      const [only] = chunks;
      const isOne = merged.length === 0 && chunks.length === 1;
      const bytes = isOne ? (only as Buffer) : Buffer.concat([...merged, ...chunks]);
      merged = [];
      chunks = [];
      length = 0;
      return bytes;
    },
  };
}
