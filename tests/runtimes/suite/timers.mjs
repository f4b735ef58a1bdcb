// How long the timers of the package are. It takes those that it finds when it is loaded: to be imported before it.

const { setTimeout } = globalThis;
let delays;

globalThis.setTimeout = (callback, delay, ...rest) => {
  if (!delays) return setTimeout(callback, delay, ...rest);
  delays.push(delay);
  return setTimeout(callback, 1);
};

/** How long what a call begins at once may take. */
export function delaysOf(operation) {
  delays = [];
  try {
    operation();
    return delays;
  } finally {
    delays = undefined;
  }
}
