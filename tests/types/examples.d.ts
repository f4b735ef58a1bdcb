// What the examples in the package's .d.ts files take for granted, beside what they import or declare themselves.
import type * as bearerkit from "bearerkit";
import type * as core from "bearerkit/core";
import type * as providers from "bearerkit/providers";
import type * as testing from "bearerkit/testing";
import type * as stores from "bearerkit/stores";

interface Bindings {
  readonly TOKENS: stores.DurableObjectBinding;
  readonly KV: stores.KvBinding;
  readonly DB: stores.D1Binding;
  readonly BUCKET: stores.R2Binding;
}

declare global {
  const createClient: typeof bearerkit.createClient;
  const AuthError: typeof bearerkit.AuthError;
  type Credentials = bearerkit.Credentials;
  type Provider = bearerkit.Provider;
  type SelfSignedProvider = bearerkit.SelfSignedProvider;
  const api: bearerkit.Client;
  const options: bearerkit.ClientOptions;
  const provider: bearerkit.Provider;
  const credentials: { readonly client_id: string; readonly client_secret: string };
  const { fuse, fusio }: typeof providers;

  const { buildTokenRequest, parseTokenResponse, buildAuthorizationUrl, parseRetryAfter, parseChallenges }: typeof core;
  const { generateCodeVerifier, calculateCodeChallenge, readJwtExpiry, checkProvider }: typeof core;
  const { fakeProvider }: typeof testing;

  const env: { [name: string]: string } & { MTLS: { fetch: typeof fetch } } & Bindings;
  const pool: { query(text: string, values: unknown[]): Promise<{ rows: object[]; rowCount: number | null }> };
  const Deno: { openKv(): Promise<import("bearerkit/stores").DenoKv> };
  const ctx: { waitUntil(promise: Promise<unknown>): void };
  const key: CryptoKey;
  const token: bearerkit.AccessToken;
  const code: string;
  function afterEach(after: () => void): void;
  const pino: { [level in "debug" | "info" | "warn" | "error"]: (event: object, text: string) => void };
  const codeVerifier: string;
  function readSecret(name: string): Promise<string>;
  /** A key service. */
  const kms: { sign(key: string, input: Uint8Array): Promise<Uint8Array> };
}
