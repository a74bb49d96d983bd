import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * `node hub.ts start --config FILE`: the hub as `npm start` runs it; with START_BENCH_CONNECTORS=own as if there were only the
 * connectors that need no account: the registry has no line of the others.
 */
const project = join(import.meta.dirname, '../../..');
const registry = join(project, 'src/hub/connectors.ts');
const OWN = ['bots/ac-bot-api', 'speech/local', 'speech/moonshine'];

const text = readFileSync(registry, 'utf8');
const shortened = text.replaceAll(
  /^ {2}[\w'-]+: \(\) => import\('\.\.\/\.\.\/connectors\/([^/]+\/[^/]+)\/.*\n/gm,
  (line, folder: string) => (OWN.includes(folder) ? line : ''),
);
if (shortened === text) throw new Error(`${registry} has no lines of connectors that could be left out`);
const source = process.env.START_BENCH_CONNECTORS === 'own' ? shortened : text;
const url = pathToFileURL(registry).href;
// In both, as a hook itself changes how modules are loaded.
registerHooks({
  load: (asked, context, nextLoad) =>
    asked === url ? { format: 'module-typescript', source, shortCircuit: true } : nextLoad(asked, context),
});

await import(pathToFileURL(join(project, 'bin/patchbay.js')).href);
