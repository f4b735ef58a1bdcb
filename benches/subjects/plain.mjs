// What one writes by hand: a cache with single flight, and none of the rest.
import { CLIENT_ID, CLIENT_SECRET, URL } from "./stub.mjs";

export function make(fetch) {
  let header;
  let renewAt = 0;
  let flight;

  async function renew() {
    const response = await fetch(URL, {
      method: "POST",
      headers: {
        accept: "application/json",
        authorization: `Basic ${btoa(`${encodeURIComponent(CLIENT_ID)}:${encodeURIComponent(CLIENT_SECRET)}`)}`,
        "content-type": "application/x-www-form-urlencoded",
      },
      body: "grant_type=client_credentials",
    });
    if (!response.ok) throw new Error(`status ${response.status}`);
    const { access_token, expires_in } = await response.json();
    header = `Bearer ${access_token}`;
    renewAt = Date.now() + (expires_in - 300) * 1000;
  }

  async function authorization() {
    if (Date.now() < renewAt) return header;
    flight ??= renew().finally(() => flight = undefined);
    await flight;
    return header;
  }

  function acquire() {
    renewAt = 0;
    return authorization();
  }

  return { authorization, acquire };
}
