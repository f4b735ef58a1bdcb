// A Chromium: the one that is there, or Debian's where it may be installed.
import process from "node:process";
import { chromium } from "playwright-core";
import { installed, isProgram, onPath } from "../../support/programs.mjs";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge"];
const ELSEWHERE = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
/** It runs as root in containers, shows nothing, and calls nobody. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

export async function startBrowser() {
  const remedy = "install one so that it is on PATH, or name its program in CHROMIUM";
  const executablePath = await installed(find, "chromium", "the tests of the site need Chromium or Chrome", remedy);
  return await chromium.launch({ executablePath, args: FLAGS });
}

function find() {
  return [process.env.CHROMIUM, ...NAMES.flatMap(onPath), ...ELSEWHERE].find((path) => path && isProgram(path));
}
