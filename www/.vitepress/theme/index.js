import DefaultTheme from "vitepress/theme-without-fonts";
import { inBrowser } from "vitepress";
import { fixLinks, keepForOffline } from "./page.js";
import "./style.css";

export default {
  extends: DefaultTheme,
  enhanceApp() {
    if (!inBrowser) return;
    fixLinks();
    if (import.meta.env.PROD) keepForOffline();
  },
};
