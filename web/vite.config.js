import { defineConfig } from "vite";

// So far there is no page: what is built is what the tests load, and what a page will import.
export default defineConfig({
  base: "./",
  worker: { format: "es" },
  build: {
    target: "es2022",
    rollupOptions: { input: "test/page/index.html" },
  },
});
