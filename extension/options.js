// Starts the core and hands it the options page. Everything else is in src/pages.
import start, { options_main } from "./core.js";

await start();
options_main();
