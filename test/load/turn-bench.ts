import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freeHubPorts } from '../e2e/support/hub-config.ts';
import { HubProcess, TEST_LAUNCHER } from '../e2e/support/hub-process.ts';
import { SipUac } from './sip-uac.ts';
import { BenchBot } from './turns/bench-bot.ts';
import { type BenchClip, HINTS, otherClips, speechClips } from './turns/clips.ts';
import { summariseTurns, turnReport } from './turns/report.ts';
import { bargeInTrials, latencyTrials } from './turns/trials.ts';

/**
 * `npm run bench:turn [-- --no-save] [--only latency|speech|others|KIND] [--limit N] [--trials]`
 *
 * How quickly and how rightly the hub takes turns, in about three minutes: its part of the time between the caller's
 * last word and the bot's first, the time that an interruption takes, and what counts as one.
 */
const RESULTS = join(import.meta.dirname, 'results');
const ENDPOINTING_MS = 600;
const MIN_SPEECH_MS = 120;
const LATENCY_TURNS = 60;
/** Lines at a time: few enough that the machine is not what is measured. */
const LATENCY_LINES = 3;
const BARGE_IN_LINES = 6;

const { values } = parseArgs({
  options: {
    'no-save': { type: 'boolean', default: false },
    only: { type: 'string' },
    trials: { type: 'boolean', default: false },
    limit: { type: 'string', default: '1000' },
  },
});
const limit = Number(values.limit);
const wanted = (part: string, clips: readonly BenchClip[]) =>
  values.only === undefined || values.only === part
    ? clips.slice(0, limit)
    : clips.filter(({ kind }) => part === 'others' && kind === values.only).slice(0, limit);

const bot = await BenchBot.start(
  new Map([
    ['turns', '500 Hz 200 ms'],
    ['barge-in', '500 Hz 600000 ms'],
  ]),
);
const botConfig = (id: string, speech: string, parameters: Record<string, unknown>) => ({
  id,
  name: id,
  connector: 'ac-bot-api',
  url: bot.urlOf(id),
  speech: { stt: speech, tts: speech },
  parameters: {
    language: 'en-US',
    endpointingSilenceMS: ENDPOINTING_MS,
    endpointingMinSpeechMS: MIN_SPEECH_MS,
    ...parameters,
  },
});
const rule = (id: string) => ({ id, origin: { sipConnection: 'loopback' }, called: id, destination: { bot: id } });

let hub: HubProcess | undefined;
try {
  const [speech, others] = [await speechClips(), await otherClips()];
  hub = await HubProcess.start({
    program: TEST_LAUNCHER,
    ports: await freeHubPorts(200),
    botUrl: '',
    extra: {
      log: { level: 'warn' },
      limits: { concurrentCalls: 100, callsPerSecond: 1000 },
      speechServices: ['instant', 'instant-voice'].map((id) => ({ id, vendor: 'local' })),
      bots: [
        botConfig('turns', 'instant', { userNoInputTimeoutMS: 0 }),
        botConfig('barge-in', 'instant-voice', {
          bargeIn: true,
          // Ten minutes of prompt are made as they are played.
          disableTtsCache: true,
          notUnderstoodSendToBot: true,
          sttContextPhrases: HINTS,
          userNoInputTimeoutMS: 0,
        }),
      ],
      routingRules: [rule('turns'), rule('barge-in')],
    },
  });
  const to = { host: '127.0.0.1', port: hub.ports.sip };
  const [turns, bargeIn] = [await SipUac.open(to, 'turns'), await SipUac.open(to, 'barge-in')];
  const latency = await latencyTrials(wanted('latency', speech.slice(0, LATENCY_TURNS)), {
    uac: turns,
    bot,
    endpointingMs: ENDPOINTING_MS,
    lines: LATENCY_LINES,
  });
  process.stdout.write(`${latency.length} turns\n`);
  const lines = { uac: bargeIn, bot, lines: BARGE_IN_LINES };
  const spoken = await bargeInTrials(wanted('speech', speech), lines);
  process.stdout.write(`${spoken.length} interruptions\n`);
  const sounds = await bargeInTrials(wanted('others', others), lines);
  process.stdout.write(`${sounds.length} other sounds\n`);
  await new Promise((resolve) => setTimeout(resolve, 600));
  turns.close();
  bargeIn.close();
  const date = new Date();
  const settings = { endpointingMs: ENDPOINTING_MS, minSpeechMs: MIN_SPEECH_MS };
  const result = summariseTurns(date, settings, latency, spoken, sounds);
  process.stdout.write(`\n${turnReport(result)}`);
  if (values.trials) for (const trial of [...latency, ...spoken, ...sounds]) console.log(JSON.stringify(trial));
  if (!values['no-save'] && values.only === undefined) {
    await mkdir(RESULTS, { recursive: true });
    const name = `${result.date.slice(0, 19).replaceAll(':', '')}-turns`;
    const trials = { latency, speech: spoken, others: sounds };
    await writeFile(join(RESULTS, `${name}.json`), `${JSON.stringify({ ...result, trials }, undefined, 1)}\n`);
    await writeFile(join(RESULTS, 'turns.md'), turnReport(result));
    process.stdout.write(`saved test/load/results/${name}.json and turns.md\n`);
  }
  process.exitCode = result.short.length === 0 ? 0 : 1;
} finally {
  await hub?.stop();
  bot.close();
}
