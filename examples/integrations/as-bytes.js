// ky, openapi-fetch and axios hand a `Request` to their fetch. Nobody can tell its body from a stream, which can be sent
// only once, so that its 401 is returned as it is.

/** A fetch that reads the body first, so that it can be sent again. Not for uploads larger than the memory. */
export function asBytes(fetch) {
  return async (input, init) => {
    if (!input.body) return await fetch(input, init);
    return await fetch(input, { ...init, body: await input.arrayBuffer() });
  };
}
