// Requests as a client of a Worker sends them, and breaks them off.
import http from "node:http";

/** One connection each, so that breaking one off touches no other. */
const agent = new http.Agent({ keepAlive: false });

/**
 * Resolves to `{ status, body }`, or to `{ gone: true }` where it was broken off, when `reset` resolved; or to
 * `{ hang: true }`: a request that gets no answer is an outcome here, not an error.
 */
export function get(url, { reset, limit = 8000 } = {}) {
  return new Promise((resolve, reject) => {
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
    }, reject);
    const settle = (outcome) => {
      clearTimeout(timer);
      resolve(outcome);
    };
    const fail = (error) => {
      clearTimeout(timer);
      if (gone) resolve({ gone: true });
      else reject(error);
    };
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
