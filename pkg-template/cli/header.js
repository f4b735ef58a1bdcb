import { Failure } from "./failure.js";
import { insist, prepare, trying } from "./prepare.js";
import { withClient } from "./store.js";
import { isTerminal, print, printJson, say } from "./streams.js";
import { masked, warn } from "./token.js";

/** An API that is asked nothing: what would be sent there is what is wanted. */
const API = "https://api.invalid";

/** `bearerkit header`: the headers that carry the token, one a line. */
export async function run(call) {
  const prepared = await prepare(call);
  insist(prepared);
  warn(prepared, call.options);
  const carried = await trying(prepared, () => carriedBy(prepared));
  if (Object.keys(carried.headers).length === 0) {
    throw new Failure("this provider does not send its token in a header", {
      code: "ERR_OPTIONS",
      remedy: "Its API wants it elsewhere, such as in the query: bearerkit fetch puts it there.",
    });
  }
  const mayShow = call.options.show === true || !isTerminal();
  const shown = Object.entries(carried.headers).map(([name, value]) => [
    name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase()),
    mayShow ? value : masked(value.replace(/^\S+ (?=\S+$)/, "")),
  ]);
  if (call.options.json) {
    printJson(mayShow ? Object.fromEntries(shown) : Object.fromEntries(shown.map(([name]) => [name, null])));
  } else for (const [name, value] of shown) print(`${name}: ${value}`);
  if (!mayShow) {
    say('The token is not shown on a terminal: use curl -H "$(…)" or a pipe, or add --show.');
  }
  return 0;
}

/** What the client adds to a request for the API. */
async function carriedBy(prepared) {
  const found = { headers: {} };
  await withClient(prepared, (client) => client.fetch(`${API}/`), {
    origins: [API],
    fetch(input, init) {
      if (String(input?.url ?? input).split("?")[0] !== `${API}/`) return fetch(input, init);
      found.headers = Object.fromEntries(new Headers(init.headers));
      return Promise.resolve(new Response(null, { status: 204 }));
    },
  });
  return found;
}
