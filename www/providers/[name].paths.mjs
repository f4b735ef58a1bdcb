// A page for each shipped profile.
import { pages } from "../.vitepress/providers/page.mjs";

export default {
  watch: ["../../providers/*.json", "../.vitepress/providers/*"],
  paths: () => pages().map(({ file, title, text }) => ({ params: { name: file, title }, content: text })),
};
