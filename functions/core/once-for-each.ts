// What follows from an object of the configuration alone is made with its first request and kept as long as the object is.

/**
 * Makes a function that is run once for each object.
 *
 * @param make what is made of an object; it must depend on nothing else
 * @returns gives the same result for the same object
 */
export function onceForEach<Key extends object, Value extends object>(
  make: (key: Key) => Value,
): (key: Key) => Value {
  const made = new WeakMap<Key, Value>();
  return (key) => {
    let value = made.get(key);
    if (value === undefined) {
      value = make(key);
      made.set(key, value);
    }
    return value;
  };
}
