// Preloaded into the functions' processes, because the emulator's Node.js runtime has no `awslambda` and its API Gateway does not stream.
// Runs a streaming handler to its end and returns its output as a buffered response.
const { PassThrough } = require("node:stream");

globalThis.awslambda = {
  streamifyResponse: (handler) => async (event, context) => {
    const stream = Object.assign(new PassThrough(), { setContentType() {} });
    const chunks = [];
    stream.on("data", (chunk) => chunks.push(chunk));
    await handler(event, stream, context);
    return { ...stream.metadata, body: Buffer.concat(chunks).toString("utf8") };
  },
  HttpResponseStream: { from: (stream, metadata) => Object.assign(stream, { metadata }) },
};
