/**
 * The identity that a platform vouches for, in the place of a secret: each function gives a JWT that the platform has signed.
 * Use them in a `credentials` function. It is called once for each token request, in the context of the call that needs the
 * token; nothing is kept, so a rotated identity is seen at the next token request.
 *
 * This entry does not load the core. Functions of your own serve as well: they have to return a JWT.
 *
 * @example
 * ```js
 * import { createClient } from "bearerkit";
 * import { githubActions } from "bearerkit/identity";
 * import { openaiWorkloadIdentity } from "bearerkit/providers";
 *
 * const api = createClient({
 *   provider: openaiWorkloadIdentity,
 *   variables: { identity_provider_id: "idp_123", service_account_id: "sa_123" },
 *   name: "openai",
 *   credentials: async () => ({ subject_token: await githubActions({ audience: "https://api.openai.com/v1" }) }),
 * });
 * ```
 *
 * @module
 */

/**
 * The identity of a Vercel deployment: the header `x-vercel-oidc-token` of the request that is being served, else the variable
 * `VERCEL_OIDC_TOKEN` (builds, local development).
 *
 * @param options `audience`: the audience that the service wants. Vercel then exchanges the token, which costs one request; its
 * issuer is that of the team. Without it the audience is `https://vercel.com/TEAM`.
 * @throws {Error} if there is none, or Vercel refuses the audience. No message contains a token.
 * @see {@link https://vercel.com/docs/oidc OpenID Connect federation on Vercel}
 * @example
 * ```ts
 * import { vercel } from "bearerkit/identity";
 *
 * const credentials = async () => ({ subject_token: await vercel({ audience: "https://api.example" }) });
 * ```
 */
export function vercel(options?: { readonly audience?: string | undefined }): Promise<string>;

/**
 * The identity of a job of GitHub Actions. The job needs `permissions: id-token: write`. Forgejo has the same endpoint.
 *
 * @param options `audience`: the audience that the service wants. Without it, it is the URL of the repository's owner.
 * @throws {Error} if the job has no such permission, or GitHub does not answer with a token. No message contains a token.
 * @see {@link https://docs.github.com/en/actions/reference/security/oidc OpenID Connect in GitHub Actions}
 * @example
 * ```ts
 * import { githubActions } from "bearerkit/identity";
 *
 * const credentials = async () => ({ subject_token: await githubActions({ audience: "https://api.example" }) });
 * ```
 */
export function githubActions(options?: { readonly audience?: string | undefined }): Promise<string>;

/**
 * The identity in a file, such as a projected service account token of Kubernetes (AKS, EKS, GKE). The file is read at each token
 * request, since Kubernetes replaces it. Workers and edge functions have no files.
 *
 * @throws {Error} if the file cannot be read, or does not hold a JWT.
 * @see {@link https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#serviceaccount-token-volume-projection Service account token volume projection}
 * @example
 * ```ts
 * import { file } from "bearerkit/identity";
 *
 * const credentials = async () => ({ subject_token: await file("/var/run/secrets/tokens/api") });
 * ```
 */
export function file(path: string): Promise<string>;

/**
 * The identity in an environment variable: `id_tokens` of GitLab, `buildkite-agent oidc request-token`, trigger.dev.
 *
 * @throws {Error} if the variable is not set, or does not hold a JWT.
 * @example
 * ```ts
 * import { variable } from "bearerkit/identity";
 *
 * const credentials = () => ({ subject_token: variable("API_ID_TOKEN") });
 * ```
 */
export function variable(name: string): string;
