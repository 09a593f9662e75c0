// Gets from a URL to a signed-in session with an SDK client: the client's discovery and registration, and the user on the login page.
import type { OAuthClientProvider } from "@modelcontextprotocol/client";
import { signInAs } from "../support/sign-in-driver.ts";
import { type ClientMemory, memoryProvider } from "./client-memory.ts";
import type { SdkClient, Session } from "./sdk-clients.ts";

export type SignIn = {
  url: string;
  memory: ClientMemory;
  user?: "free" | "pro";
  clientMetadataUrl?: string;
  fetch?: typeof fetch;
};

/** Connects, and signs in if the client requests it. */
export async function signedIn(client: SdkClient, signIn: SignIn): Promise<Session> {
  const { url, memory, user = "pro", clientMetadataUrl, fetch } = signIn;
  const authProvider: OAuthClientProvider = memoryProvider(memory, clientMetadataUrl);
  const access = { authProvider, ...(fetch && { fetch }) };
  try {
    return await client.connect(url, access);
  } catch (error) {
    if (!client.isSignInNeeded(error)) throw error;
    await finishSignIn(client, signIn, user);
    return client.connect(url, access);
  }
}

/** The user's part: signs in at the URL of the client's last redirect, and returns the code. */
export async function finishSignIn(client: SdkClient, signIn: SignIn, user: "free" | "pro"): Promise<void> {
  const { url, memory, clientMetadataUrl, fetch } = signIn;
  if (memory.redirect === undefined) throw new Error("the client did not redirect its user");
  const back = await signInAs(memory.redirect, user);
  const access = { authProvider: memoryProvider(memory, clientMetadataUrl), ...(fetch && { fetch }) };
  await client.finishSignIn(url, access, back.searchParams);
}
