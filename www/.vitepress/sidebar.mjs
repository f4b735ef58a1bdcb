// What stands beside the pages of the guide and the reference.
export const sidebar = {
  "/guide/": [
    { text: "Start", items: [{ text: "Getting started", link: "/guide/getting-started" }] },
  ],
};
