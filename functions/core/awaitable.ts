// What is in memory is given at once, what has to be fetched is promised: a decision takes many such steps, and waiting for a promise
// whose value is there already was a tenth of its time.

/** A value, or the promise of one. */
export type Awaitable<Value> = Value | Promise<Value>;

/**
 * Goes on with a value: at once where it is there, else when it is.
 *
 * @param value what was given or promised
 * @param next what is made of it
 */
export function whenThere<Value, Next>(
  value: Awaitable<Value>,
  next: (value: Value) => Awaitable<Next>,
): Awaitable<Next> {
  return value instanceof Promise ? value.then(next) : next(value);
}
