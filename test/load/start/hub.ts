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

if (process.env.START_BENCH_CONNECTORS === 'own') {
  const text = readFileSync(registry, 'utf8');
  const source = text.replaceAll(
    /^ {2}[\w'-]+: \(\) => import\('\.\.\/\.\.\/connectors\/([^/]+\/[^/]+)\/.*\n/gm,
    (line, folder: string) => (OWN.includes(folder) ? line : ''),
  );
  if (source === text) throw new Error(`${registry} has no lines of connectors that could be left out`);
  const url = pathToFileURL(registry).href;
  registerHooks({
    load: (asked, context, nextLoad) =>
      asked === url ? { format: 'module-typescript', source, shortCircuit: true } : nextLoad(asked, context),
  });
}

await import(pathToFileURL(join(project, 'bin/patchbay.js')).href);
