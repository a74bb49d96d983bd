import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * `node hub.ts start --config FILE`: the hub as `npm start` runs it; with START_BENCH_CONNECTORS=own as if the folders of all
 * connectors but those that need no account were not there: what the registry imports of them is nothing.
 */
const project = join(import.meta.dirname, '../../..');
const registry = join(project, 'src/hub/connectors.ts');
const OWN = ['bots/ac-bot-api', 'speech/local', 'speech/moonshine'];

/** Names that the registry imports, by the URL of the file. */
const missing = new Map<string, string[]>();
if (process.env.START_BENCH_CONNECTORS === 'own') {
  const text = readFileSync(registry, 'utf8');
  for (const [, names = '', specifier = ''] of text.matchAll(/^import \{ ([^}]+) \} from '([^']+)';$/gm)) {
    const url = new URL(specifier, pathToFileURL(registry)).href;
    const [, folder] = /\/connectors\/([^/]+\/[^/]+)\//.exec(fileURLToPath(url)) ?? [];
    if (folder !== undefined && !OWN.includes(folder)) missing.set(url, names.split(', '));
  }
}

registerHooks({
  load(url, context, nextLoad) {
    const names = missing.get(url);
    if (names === undefined) return nextLoad(url, context);
    const source = names.map((name) => `export const ${name} = undefined;`).join('\n');
    return { format: 'module', source, shortCircuit: true };
  },
});

await import(pathToFileURL(join(project, 'bin/patchbay.js')).href);
