/** Options as createClient hands them to a store, and a record. */
export const SHARED = {
  json: JSON.stringify({
    provider: "https://as.example/token",
    credentials: { client_id: "fake-client", client_secret: "fake-secret-0123456789" },
  }),
  asks: false,
};
export const SHARED_RECORD = JSON.stringify({ generation: 1, token: { value: "fake-token-0123456789" } });
