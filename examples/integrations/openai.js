// The OpenAI SDK, where a gateway wants a token in the place of a key. Anthropic's is built alike.
import OpenAI from "openai";

/** The SDK with the token of that client, and no key. */
export function openAiWith(api, options) {
  // A request with an Authorization of its own is left alone, and the SDK's would be one.
  const defaultHeaders = { ...options?.defaultHeaders, Authorization: null };
  return new OpenAI({ apiKey: "unused", ...options, defaultHeaders, fetch: api.fetch });
}
