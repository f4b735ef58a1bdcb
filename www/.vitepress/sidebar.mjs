// What stands beside the pages of the guide and the reference.
export const sidebar = {
  "/guide/": [
    {
      text: "Start",
      items: [
        { text: "Getting started", link: "/guide/getting-started" },
        { text: "The client", link: "/guide/client" },
        { text: "Calling APIs", link: "/guide/api-calls" },
        { text: "Errors", link: "/guide/errors" },
        { text: "FAQ", link: "/guide/faq" },
      ],
    },
    {
      text: "Providers",
      items: [
        { text: "Providers", link: "/guide/providers" },
        { text: "Profiles of your own", link: "/guide/profiles" },
        { text: "Grants", link: "/guide/grants" },
        { text: "No secret at all", link: "/guide/no-secret" },
        { text: "Command line", link: "/guide/cli" },
      ],
    },
    {
      text: "Where it runs",
      items: [
        { text: "Runtimes and frameworks", link: "/guide/runtimes" },
        { text: "With other libraries", link: "/guide/libraries" },
        { text: "Rust", link: "/guide/rust" },
      ],
    },
    {
      text: "Shared stores",
      items: [
        { text: "One token for a fleet", link: "/guide/shared-stores" },
        { text: "Redis, Valkey, Upstash", link: "/guide/store-redis" },
        { text: "Durable Objects", link: "/guide/store-durable-objects" },
        { text: "Deno KV", link: "/guide/store-deno-kv" },
        { text: "Workers KV", link: "/guide/store-workers-kv" },
        { text: "PostgreSQL", link: "/guide/store-postgres" },
        { text: "D1", link: "/guide/store-d1" },
        { text: "R2", link: "/guide/store-r2" },
        { text: "unstorage and keyv", link: "/guide/store-unstorage-and-keyv" },
      ],
    },
    {
      text: "Recipes",
      items: [
        { text: "Cloudflare Workers", link: "/guide/cloudflare-workers" },
        { text: "Deno and Deno Deploy", link: "/guide/deno" },
        { text: "Node", link: "/guide/node" },
        { text: "Bun", link: "/guide/bun" },
        { text: "Vercel", link: "/guide/vercel" },
        { text: "Next.js", link: "/guide/next" },
        { text: "Nuxt and Nitro", link: "/guide/nuxt" },
        { text: "SvelteKit", link: "/guide/sveltekit" },
        { text: "Astro", link: "/guide/astro" },
        { text: "Hono", link: "/guide/hono" },
        { text: "AWS Lambda", link: "/guide/aws-lambda" },
        { text: "Docker and service meshes", link: "/guide/docker" },
        { text: "Proxies and mTLS", link: "/guide/proxies-and-mtls" },
        { text: "Testing", link: "/guide/testing" },
        { text: "Observability", link: "/guide/observability" },
      ],
    },
    {
      text: "Background",
      items: [
        { text: "How it works", link: "/guide/how-it-works" },
        { text: "Security", link: "/guide/security" },
        { text: "Size and speed", link: "/guide/performance" },
        { text: "Why WebAssembly", link: "/guide/why-webassembly" },
      ],
    },
    {
      text: "Choosing",
      items: [
        { text: "Comparison", link: "/guide/comparison" },
        { text: "Coming from another library", link: "/guide/coming-from" },
      ],
    },
    { text: "Project", items: [{ text: "Contributing", link: "/guide/contributing" }] },
  ],
  "/reference/": [
    {
      text: "Reference",
      items: [
        { text: "What is where", link: "/reference/" },
        { text: "The profile", link: "/reference/profile" },
        { text: "The crate", link: "/reference/rust" },
      ],
    },
    {
      text: "JavaScript API",
      items: [
        { text: "bearerkit", link: "/reference/api/" },
        { text: "bearerkit/core", link: "/reference/api/core" },
        { text: "bearerkit/integrations", link: "/reference/api/integrations" },
        { text: "bearerkit/stores", link: "/reference/api/stores" },
        { text: "bearerkit/testing", link: "/reference/api/testing" },
      ],
    },
  ],
};
