import { resolve } from "node:path";

import { defineConfig } from "vite";

// `vite build` builds the page, `vite build --mode test` what the host's tests load.
export default defineConfig(({ mode }) => ({
  base: "./",
  worker: { format: "es", rollupOptions: { output: { codeSplitting: false } } },
  build: {
    target: "es2022",
    outDir: mode === "test" ? "dist/host" : "dist/playground",
    // A policy that allows no addresses of data in scripts: every file stands for itself.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: resolve(import.meta.dirname, mode === "test" ? "test/page/index.html" : "index.html") },
  },
}));
