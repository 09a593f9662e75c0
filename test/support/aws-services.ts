// AWS services on loopback, called as the functions call AWS.
import {
  type AwsService,
  type AwsServiceName,
  openAwsService,
} from "../../functions/platform/aws-service.ts";

/** A service whose calls are made once. */
export function loopbackService(service: AwsServiceName, endpoint: string): AwsService {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  return openAwsService(service, { settings: { endpoint, region: "us-east-1", credentials } });
}
