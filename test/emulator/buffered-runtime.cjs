// Preloaded into the functions' processes: the emulator's Node.js runtime has no `awslambda`, and its API Gateway no streams. A
// streaming handler is run to its end here, and what it wrote is the buffered answer.
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
