// The Lambda runtime of end-to-end tests: the local one, or AWS's if `npm run test:ric` sets its file.

const ric = process.env["AWS_LAMBDA_RIC"];

/** Arguments of node for `startGateway`; undefined: the local runtime. */
export const RUNTIME_UNDER_TEST: readonly string[] | undefined = ric === undefined ? undefined : [ric];
