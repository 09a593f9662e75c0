// The browser of a client's user, as a program: opens the given sign-in page, signs in as USER_TO_BE and follows the redirect to the
// client. With `--print` it prints the redirect instead, for a client without a callback server.
import { signInAs } from "../support/sign-in-driver.ts";

const back = await signInAs(process.argv[2] ?? "", process.env["USER_TO_BE"] === "free" ? "free" : "pro");
if (process.argv[3] === "--print") console.log(back.href);
else {
  const response = await fetch(back);
  if (!response.ok) throw new Error(`the client's callback returned ${response.status}`);
}
