import { registerHooks } from 'node:module';
import { parseArgs } from 'node:util';

/**
 * `node lazy-loading-child.ts --key-file FILE`: what the command line and the hub import, and what a hub composes of its shipped
 * configuration; then a hub with Google speech warms it up. Prints as JSON the packages of which a module was loaded, by
 * import or require, before and after that.
 */
const loaded = new Set<string>();

registerHooks({
  load(url, context, nextLoad) {
    const [, name] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url) ?? [];
    if (name !== undefined) loaded.add(name);
    return nextLoad(url, context);
  },
});

await import('../src/main.ts');
await import('../src/hub.ts');
const { systemClock } = await import('../src/clock.ts');
const { loadConfig } = await import('../src/config/load.ts');
const { closeBots, createBots } = await import('../src/hub/bots.ts');
const { connectorRegistry } = await import('../src/hub/connectors.ts');
const { createSpeech } = await import('../src/hub/speech.ts');
const { createLogger } = await import('../src/telemetry/log.ts');
const { createMetrics } = await import('../src/telemetry/metrics.ts');

const { values } = parseArgs({ options: { 'key-file': { type: 'string' } } });
const config = await loadConfig(`${import.meta.dirname}/../config/hub.yaml`, process.env, connectorRegistry);
const deps = {
  metrics: createMetrics(),
  log: createLogger({ level: 'silent', callerContent: false }),
  clock: systemClock,
};

const speech = await createSpeech(config, deps);
const bots = await createBots(config.bots, { ...deps, speech });
await closeBots(bots);
await speech.close();
const without = [...loaded];

const settings = { id: 'google', vendor: 'google', credentials: { keyFile: values['key-file'] } };
const google = await createSpeech({ ...config, speechServices: [{ id: 'google', vendor: 'google', settings }] }, deps);
const made = [...loaded];
await google.warmUp();
await google.close();
process.stdout.write(JSON.stringify({ without, made, used: [...loaded] }));
