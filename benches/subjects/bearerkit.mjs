import { createClient } from "bearerkit";
import { CLIENT_ID, CLIENT_SECRET, URL } from "./stub.mjs";

let number = 0;

export function make(fetch) {
  const client = createClient({
    provider: URL,
    credentials: { client_id: CLIENT_ID, client_secret: CLIENT_SECRET },
    // Equal options would share a machine, and with it the token.
    name: String(number += 1),
    fetch,
  });

  function acquire() {
    client.invalidate();
    return client.authorization();
  }

  return { authorization: client.authorization, acquire };
}
