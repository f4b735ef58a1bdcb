// A Chromium: the one that is there, or Debian's where it may be installed.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { chromium } from "playwright-core";
import { run, say } from "../../../scripts/say.mjs";

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
  return await chromium.launch({ executablePath: find() ?? await install(), args: FLAGS });
}

function find() {
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  const paths = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [process.env.CHROMIUM, ...paths, ...ELSEWHERE].find((path) => path && isProgram(path));
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function install() {
  if (process.platform !== "linux" || process.getuid() !== 0) {
    throw new Error(
      "the tests of the site need Chromium or Chrome: install one so that it is on PATH, or name its program in CHROMIUM",
    );
  }
  say("apt-get install chromium (once; a minute)");
  try {
    await run("apt-get", ["update", "-qq"]);
    await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], {
      env: { DEBIAN_FRONTEND: "noninteractive" },
      murmur: true,
    });
  } catch (cause) {
    throw new Error(
      "the tests of the site need Chromium, and apt-get could not install it: install Chromium or Chrome",
      {
        cause,
      },
    );
  }
  const path = find();
  if (!path) throw new Error("apt-get installed the package chromium, which has no program of that name");
  return path;
}
