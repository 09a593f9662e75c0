// Structured log lines for CloudWatch. Tokens, secrets and claim values never come here: callers pass names, reasons and sizes.
import { Logger } from "@aws-lambda-powertools/logger";

/** What the rest of the code needs of a logger; tests pass their own. */
export type Log = {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
};

/**
 * Opens the log of a function.
 *
 * @param service the function's name in every line
 */
export function createLog(service: string): Log {
  const logger = new Logger({ serviceName: `mcp-gateway-${service}` });
  return {
    debug: (message, fields = {}) => logger.debug(message, fields),
    info: (message, fields = {}) => logger.info(message, fields),
    warn: (message, fields = {}) => logger.warn(message, fields),
    error: (message, fields = {}) => logger.error(message, fields),
  };
}
