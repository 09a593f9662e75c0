// What a response body passes through on its way to the client.

/** Changes a body as it arrives. Both functions give what can be sent by then, and throw where the body must not be sent on. */
export type BodyFilter = {
  push(chunk: Buffer): Buffer[];
  /** what is left when the body has ended */
  rest(): Buffer[];
};
