// Requests as a client of a Worker sends them, and breaks them off.
import http from "node:http";

/** One connection each, so that breaking one off touches no other. */
const agent = new http.Agent({ keepAlive: false });

/**
 * Resolves to `{ status, body }`, or to `{ gone: true }` where `resetAfter` ended it, or to `{ hang: true }`: a request
 * that gets no answer is an outcome here, not an error.
 */
export function get(url, { resetAfter, limit = 8000 } = {}) {
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
    const timers = [setTimeout(() => {
      settle({ hang: true });
      request.destroy();
    }, limit)];
    if (resetAfter !== undefined) {
      // A reset: a workerd that stands alone takes no notice of a FIN.
      timers.push(setTimeout(() => {
        gone = true;
        request.socket.resetAndDestroy();
      }, resetAfter));
    }
    const settle = (outcome) => {
      timers.forEach(clearTimeout);
      resolve(outcome);
    };
    const fail = (error) => {
      timers.forEach(clearTimeout);
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
