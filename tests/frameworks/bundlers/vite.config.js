import process from "node:process";
import { defineConfig } from "vite";

const conditions = process.env.CONDITIONS?.split(",");

/** A bundle with nothing left to resolve, for Node or, with conditions, for a Worker. */
export default defineConfig({
  build: {
    ssr: conditions ? "src/program.js" : "src/server.js",
    outDir: `dist/vite-${conditions?.join("-") ?? "node"}`,
  },
  ssr: { noExternal: true, ...(conditions && { resolve: { conditions } }) },
});
