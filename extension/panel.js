// Starts the core and hands it the panel over Gmail. Everything else is in src/pages/panel.
import start, { panel_main } from "./core.js";

await start();
panel_main();
