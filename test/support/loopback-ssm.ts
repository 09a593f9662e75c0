// Parameter Store on loopback, called as the functions call AWS's.
import { openPostToRead } from "../../functions/platform/post-to-read.ts";
import { openSsm, type Ssm } from "../../functions/platform/ssm.ts";

/** @param url of the service, such as `startSsm` gives it */
export function loopbackSsm(url: string): Ssm {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  return openSsm(openPostToRead, { endpoint: new URL(url), region: "us-east-1", credentials });
}
