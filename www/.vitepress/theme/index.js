import { inBrowser } from "vitepress";
import DefaultTheme from "vitepress/theme-without-fonts";
import Layout from "./Layout.vue";
import { fixLinks, keepForOffline } from "./page.js";
import "./style.css";
import "./code.css";
import "./providers.css";

export default {
  extends: DefaultTheme,
  Layout,
  enhanceApp() {
    if (!inBrowser) return;
    fixLinks();
    if (import.meta.env.PROD) keepForOffline();
  },
};
