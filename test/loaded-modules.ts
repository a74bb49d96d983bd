import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

/**
 * `node --import loaded-modules.ts PROGRAM`: writes the path of every file that is loaded as a module, by import or require and on any
 * thread, to the file that LOADED_MODULES names, a line each.
 */
const list = process.env.LOADED_MODULES;
if (list === undefined) throw new Error('LOADED_MODULES names no file');

registerHooks({
  load(url, context, nextLoad) {
    if (url.startsWith('file:')) appendFileSync(list, `${fileURLToPath(url)}\n`);
    return nextLoad(url, context);
  },
});
