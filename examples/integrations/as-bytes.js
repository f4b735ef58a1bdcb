// ky, openapi-fetch, axios and others hand a `Request` to their fetch. Nobody can tell a body of more than 64 KiB there from a
// stream, which can be sent only once, so that its 401, 307 or 308 is returned as it is.

/** A fetch that reads the body first, so that it can be sent again. Not for uploads larger than the memory. */
export function asBytes(fetch) {
  return async (input, init) => {
    // What `init` says of a body counts, as with fetch.
    if (!input.body || init?.body) return await fetch(input, init);
    return await fetch(input, { ...init, body: await input.arrayBuffer() });
  };
}
