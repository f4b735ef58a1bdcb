// What stands beside the pages of the guide and the reference.
export const sidebar = {
  "/guide/": [
    { text: "Start", items: [{ text: "Getting started", link: "/guide/getting-started" }] },
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
  ],
};
