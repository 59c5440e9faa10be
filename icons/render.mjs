// Renders the PNGs of the extension from the SVG sources beside this file: `node icons/render.mjs`.
// The browser that the tests use does the drawing (playwright-core from tests/, Chromium from CHROMIUM or the PATH's usual place),
// so that no image library is needed. The PNGs are committed; this runs only when a logo changes.
import { createRequire } from "node:module";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const { chromium } = createRequire(join(here, "../tests/package.json"))("playwright-core");

// `pad`: the store asks for 16 transparent pixels around the 128 one.
const sizes = [
  { size: 16, source: "logo-16.svg", pad: 0 },
  { size: 32, source: "logo.svg", pad: 0 },
  { size: 48, source: "logo.svg", pad: 0 },
  { size: 128, source: "logo.svg", pad: 16 },
];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
try {
  for (const { size, source, pad } of sizes) {
    const svg = await readFile(join(here, source), "utf8");
    const page = await browser.newPage({ viewport: { width: size, height: size } });
    const drawn = size - 2 * pad;
    await page.setContent(
      `<style>*{margin:0}body{padding:${pad}px}svg{display:block;width:${drawn}px;height:${drawn}px}</style>${svg}`,
    );
    await writeFile(join(here, `icon-${size}.png`), await page.screenshot({ omitBackground: true }));
    await page.close();
  }
} finally {
  await browser.close();
}
