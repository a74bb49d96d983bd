import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { SipAgentOptions } from '../../../src/engines/embedded/sip/agent.ts';

/**
 * `node hub-launcher.ts start --config FILE`: the hub as `npm start` composes it, with two things exchanged that a test
 * must hold in its hands: the local speech service speaks and understands tones, and the SIP agent's UDP socket loses
 * datagrams: with PATCHBAY_TEST_SIP_LOSS=0.1 a tenth in each direction, with PATCHBAY_TEST_SIP_LATE_ANSWERS=2 all that is
 * sent until the second copy of a call's INVITE has come.
 */
const project = join(import.meta.dirname, '../../..');
const localSpeech = pathToFileURL(join(project, 'connectors/speech/local/connector.ts')).href;

registerHooks({
  resolve(specifier, context, nextResolve) {
    const resolved = nextResolve(specifier, context);
    return resolved.url === localSpeech ? { ...resolved, url: import.meta.resolve('./tone-connector.ts') } : resolved;
  },
});

const { loadConfig } = await import('../../../src/config/load.ts');
const { startHub } = await import('../../../src/hub.ts');
const { connectorRegistry } = await import('../../../src/hub/connectors.ts');
const { runUntilStopped } = await import('../../../src/run.ts');
const { createLogger } = await import('../../../src/telemetry/log.ts');

type Filter = NonNullable<SipAgentOptions['datagramFilter']>;

/** The same losses in every run: a linear congruential generator (Numerical Recipes). */
function lossy(share: number): Filter {
  let state = 20_260_131;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 < share;
  };
}

/** Loses what the agent sends until it has got `copies` of the INVITE. */
function lateAnswers(copies: number): Filter {
  let seen = 0;
  return (direction, bytes) => {
    if (direction === 'in' && bytes.toString('latin1', 0, 7) === 'INVITE ') seen++;
    return direction === 'out' && seen < copies;
  };
}

function faults(): { datagramFilter?: Filter } {
  const { PATCHBAY_TEST_SIP_LOSS: loss, PATCHBAY_TEST_SIP_LATE_ANSWERS: copies } = process.env;
  if (loss !== undefined) return { datagramFilter: lossy(Number(loss)) };
  return copies === undefined ? {} : { datagramFilter: lateAnswers(Number(copies)) };
}

const { values } = parseArgs({ allowPositionals: true, options: { config: { type: 'string' } } });
const config = await loadConfig(values.config ?? '', process.env, connectorRegistry);
const log = createLogger({ level: config.log.level, callerContent: true });
const hub = await startHub(config, { log, sipAgent: faults() });
await runUntilStopped(hub, { drainTimeoutMs: config.drainTimeoutMs, log, signals: process });
