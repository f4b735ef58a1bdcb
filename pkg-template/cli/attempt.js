// Really asks for a token, as the package's own client does, and keeps what was seen on the way.
import { createClient } from "../index.js";

/** As much of an answer is kept; the client reads no more either. */
const MAX_BODY = 1024 * 1024;

/**
 * `{ token?, error?, explanation?, exchanges }`. An exchange is `{ url, sentAt, receivedAt?, status?, headers?, body?, failure? }`;
 * `failure` is what the system calls it.
 */
export async function attempt(options) {
  const exchanges = [];
  let client;
  try {
    client = createClient({ ...options, fetch: (input, init) => recorded(input, init, exchanges) });
    const token = await client.token();
    return { token, explanation: client.explain(), exchanges };
  } catch (error) {
    return { error, explanation: client?.explain(), exchanges };
  }
}

async function recorded(input, init, exchanges) {
  const exchange = { url: String(input), sentAt: Date.now() };
  exchanges.push(exchange);
  let response;
  try {
    response = await fetch(input, init);
  } catch (error) {
    exchange.failure = codeOf(error);
    throw error;
  }
  exchange.status = response.status;
  exchange.headers = Object.fromEntries(response.headers);
  exchange.chunks = [];
  exchange.receivedAt = Date.now();
  if (!response.body) return response;
  let length = 0;
  const reader = response.body.getReader();
  const body = new ReadableStream({
    async pull(controller) {
      try {
        const chunk = await reader.read();
        exchange.receivedAt = Date.now();
        if (chunk.done) return controller.close();
        length += chunk.value.length;
        if (length <= MAX_BODY) exchange.chunks.push(chunk.value);
        else exchange.isCut = true;
        controller.enqueue(chunk.value);
      } catch (error) {
        exchange.failure = codeOf(error);
        controller.error(error);
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return new Response(body, { status: response.status, headers: response.headers });
}

/** The system's name for what went wrong (`ENOTFOUND`, `CERT_HAS_EXPIRED`); its words may hold a URL. */
export function codeOf(error) {
  const code = error?.cause?.code ?? error?.cause?.errors?.[0]?.code ?? error?.code;
  return typeof code === "string" && /^\w{1,60}$/.test(code) ? code : undefined;
}

/** The answer's bytes, as far as they came. */
export function bodyOf({ chunks = [] }) {
  const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
