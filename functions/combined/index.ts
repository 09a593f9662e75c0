// Entry point of the combined endpoint's Lambda.

/** @throws Error always: the endpoint does not exist yet */
export async function handler(): Promise<never> {
  throw new Error("The combined endpoint is not available.");
}
