// The `awslambda` global of the Node runtime, as far as a streamed response needs it: the prelude (JSON with status and headers,
// eight NUL bytes) leaves with the first write, and a stream that ends without a write carries none.
import { Writable } from "node:stream";

const NULS = Buffer.alloc(8);

/** What API Gateway would read from a streamed response. */
export type ReceivedResponse = { status: number; headers: Record<string, string>; body: string };

/** A runtime's response stream that keeps what was written. */
export class LambdaResponse extends Writable {
  readonly chunks: Buffer[] = [];
  private prelude: Buffer | undefined;
  private firstWrite = true;
  private held = false;
  private pending: (() => void) | undefined;

  /** From now on the client reads nothing: the chunk being written stays unfinished until `release`. */
  hold(): void {
    this.held = true;
  }

  release(): void {
    this.held = false;
    this.pending?.();
  }

  setPrelude(metadata: unknown): void {
    this.prelude = Buffer.concat([Buffer.from(JSON.stringify(metadata)), NULS]);
  }

  override write(...args: unknown[]): boolean {
    if (this.firstWrite && this.prelude !== undefined) this.chunks.push(this.prelude);
    this.firstWrite = false;
    return super.write(...(args as Parameters<Writable["write"]>));
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.chunks.push(chunk);
    if (this.held) this.pending = done;
    else done();
  }

  /** The raw bytes so far. */
  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  /** The response; throws if a client would get a 500 for a missing frame. */
  received(): ReceivedResponse {
    const end = this.bytes.indexOf(NULS);
    if (end === -1) throw new Error("no prelude was sent");
    const { statusCode, headers } = JSON.parse(this.bytes.subarray(0, end).toString());
    return { status: statusCode, headers, body: this.bytes.subarray(end + NULS.length).toString() };
  }
}

/** Puts the double in place of the runtime's global. */
export function installAwsLambda(): void {
  const HttpResponseStream = {
    from(stream: LambdaResponse, metadata: unknown) {
      stream.setPrelude(metadata);
      return stream;
    },
  };
  Object.assign(globalThis, {
    awslambda: { HttpResponseStream, streamifyResponse: <T>(handler: T): T => handler },
  });
}

/** A response stream in the type that handlers take. */
export function openLambdaResponse(): LambdaResponse & awslambda.HttpResponseStream {
  return new LambdaResponse({ highWaterMark: 1 }) as LambdaResponse & awslambda.HttpResponseStream;
}
