// Starts the core and hands it the popup. Everything else is in src/pages.
import start, { popup_main } from "./core.js";

await start();
popup_main();
