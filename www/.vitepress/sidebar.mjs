// What stands beside the pages of the guide and the reference.
export const sidebar = {
  "/guide/": [
    { text: "Start", items: [{ text: "Getting started", link: "/guide/getting-started" }] },
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
        { text: "bearerkit/testing", link: "/reference/api/testing" },
      ],
    },
  ],
};
