import { createClient } from "../../pkg/index.js";
import { resetAll } from "../../pkg/testing.js";

/**
 * A client as an isolate has it that has just started: nothing is in memory. `token()` resolves to the value once what is
 * behind the answer is done too; `events` are all that it told.
 */
export function isolate(fake, store, options = {}) {
  resetAll();
  const events = [];
  const background = [];
  const client = createClient({
    provider: "https://as.example/token",
    credentials: fake.credentials,
    fetch: fake.fetch,
    store,
    onEvent: (event) => events.push(event),
    waitUntil: (promise) => background.push(promise),
    ...options,
  });
  return {
    client,
    events,
    async token() {
      const { value } = await client.token();
      await Promise.all(background);
      return value;
    },
  };
}
