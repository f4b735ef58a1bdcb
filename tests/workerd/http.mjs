// Requests as a client of a Worker sends them, and breaks them off.
import http from "node:http";

/** One connection each, so that breaking one off touches no other. */
const agent = new http.Agent({ keepAlive: false });

/**
 * Resolves to `{ status, body }`; to `{ gone: true }` where it was broken off, when `reset` resolved; to `{ hang: true }`
 * or `{ error }`: a request that gets no answer is an outcome here like any other.
 */
export function get(url, { reset, limit = 8000 } = {}) {
  return new Promise((resolve) => {
    const request = http.get(url, { agent }, async (response) => {
      try {
        let text = "";
        for await (const chunk of response.setEncoding("utf8")) text += chunk;
        settle({ status: response.statusCode, body: parse(text) });
      } catch (error) {
        fail(error);
      }
    });
    let gone = false;
    const timer = setTimeout(() => {
      resolve({ hang: true });
      request.destroy();
    }, limit);
    // A reset: a workerd that stands alone takes no notice of a FIN.
    reset?.then(() => {
      gone = true;
      request.socket.resetAndDestroy();
    }, (error) => settle({ error: String(error) }));
    const settle = (outcome) => {
      clearTimeout(timer);
      resolve(outcome);
    };
    const fail = (error) => settle(gone ? { gone } : { error: String(error) });
    request.on("error", fail);
  });
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
