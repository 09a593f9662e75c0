// The Lambda@Edge function for CloudFront's origin response: restores the name of `WWW-Authenticate`, which API Gateway renames in responses
// of functions. A viewer-response function is not possible: CloudFront does not run it for statuses of 400 and above.

/** Source of the function, CommonJS. It runs in every Region and only reads headers. */
export const CHALLENGE_HEADER_CODE = `exports.handler = async (event) => {
  const { response } = event.Records[0].cf;
  const renamed = "x-amzn-remapped-www-authenticate";
  const challenge = response.headers[renamed];
  if (challenge !== undefined) {
    response.headers["www-authenticate"] = challenge.map(({ value }) => ({ key: "WWW-Authenticate", value }));
    delete response.headers[renamed];
  }
  return response;
};
`;
