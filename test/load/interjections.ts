import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compileGrammar } from '../../connectors/speech/local/stt/grammar.ts';
import { type Decoded, GrammarDecoder } from '../../connectors/speech/local/stt/stt-decoder.ts';
import { judge } from '../../connectors/speech/local/stt/stt-score.ts';
import { shapeOf } from '../../connectors/speech/local/stt/stt-shape.ts';
import { createLocalTts } from '../../connectors/speech/local/tts/tts.ts';
import { speechAudio } from '../../src/caller/step-audio.ts';
import { Talk, types } from '../../src/conversation/testing-talk.ts';
import { createVadDetector } from '../../src/conversation/vad-detector.ts';
import { createVad } from '../../src/speech/vad.ts';
import { HINTS, levelled, PHRASES } from './turns/clips.ts';
import { onIdleLine } from './turns/idle-line.ts';

/**
 * `node test/load/interjections.ts [--save] [--all]`
 *
 * What the local recogniser makes of interjections and of short words during a prompt, by many voices, without a call: the hub's voice
 * activity detection, the recogniser, and the rules of barge-in at their defaults. `--all` prints every mistake. Voices marked "fitted"
 * are those that the rules of stt-shape.ts were fitted to.
 */
const INTERJECTIONS = ['uh-huh', 'aha', 'ah', 'oh', 'uh', 'okay', 'yeah', 'right', 'i see', 'got it', 'sure'] as const;
const SHORT_WORDS = [
  ...['stop', 'help', 'no', 'cancel', 'back', 'wait', 'repeat', 'menu', 'next', 'skip', 'again', 'agent', 'pardon'],
  ...['nothing', 'wrong', 'never', 'nope', 'hello', 'two', 'four', 'eight', 'monday', 'today'],
] as const;
const FLITE = ['slt', 'rms', 'awb', 'kal16', 'kal'] as const;
const espeak = (...names: readonly string[]) => names.map((name) => ({ voice: `espeak-ng/${name}`, pitch: 1 }));
const flite = (...pitches: readonly number[]) => pitches.flatMap((pitch) => FLITE.map((voice) => ({ voice, pitch })));
const CASTS = [
  { name: 'flite (fitted)', voices: flite(1) },
  { name: 'flite, pitch and speed 0.93 and 1.07 (fitted)', voices: flite(0.93, 1.07) },
  { name: 'flite, pitch and speed 0.90, 0.96 and 1.04', voices: flite(0.9, 0.96, 1.04) },
  {
    name: 'espeak-ng (fitted)',
    voices: espeak('en-us', 'en-gb', 'en-us+f3', 'en-gb+m3', 'en-us+f5', 'en-gb-scotland'),
  },
  {
    name: 'espeak-ng, other voices',
    voices: espeak('en-us+m1', 'en-us+m7', 'en-us+f2', 'en-us+f4', 'en-gb-x-rp', 'en-029'),
  },
] as const;
/** Samples by which the clip is shifted against the frames of 20 ms. */
const PHASES = [0, 70] as const;
/** Default of the bot parameter. */
const ENDPOINTING_MS = 600;

interface Heard extends Decoded {
  voicedMs: number;
}

const tts = createLocalTts({ id: 'interjections' });
const decoder = await GrammarDecoder.load('en');
await decoder.setGrammar(compileGrammar(HINTS, 'en'));

/** Utterances as the hub finds them, and what the recogniser makes of each. */
async function hear(line: Int16Array): Promise<Heard[]> {
  const vad = createVad('auto');
  const detector = createVadDetector(vad, (error) => console.error(error));
  await vad;
  detector.configure({ profile: 'default', silenceMs: ENDPOINTING_MS, minSpeechMs: 120, maxSpeechMs: 0 });
  const heard: Heard[] = [];
  let from: number | undefined;
  for (let at = 0; at + 160 <= line.length; at += 160) {
    const event = detector.push({ samples: line.subarray(at, at + 160), sampleRate: 8000, timestampMs: at / 8 });
    if (event?.type === 'started') from = Math.max(0, at + 160 - event.preRollMs * 8);
    if (event?.type === 'discarded') from = undefined;
    if (event?.type !== 'ended' || from === undefined) continue;
    const to = at + 160 - Math.max(0, event.trailingSilenceMs - 120) * 8;
    heard.push({ ...decoder.decode(line.slice(from, to), false), voicedMs: event.voicedMs ?? 0 });
    from = undefined;
  }
  detector.close();
  return heard;
}

/** Whether a prompt is dropped for it, by the rules of the conversation. */
function interrupts({ text, words, evidence, voicedMs }: Heard, withShape: boolean): boolean {
  const { accepted } = judge(words, 'en');
  const shape = withShape && evidence !== undefined ? shapeOf(words, accepted, evidence, 'en') : undefined;
  const talk = new Talk({ bargeIn: true, language: 'en-US' }).in('speaking');
  talk.on({ type: 'speechStarted' }, { type: 'speechEnded', voicedMs });
  talk.final(accepted ? text : '', !accepted, shape, accepted || text === '' ? undefined : text);
  return types(talk.take()).includes('stopPrompts');
}

function shifted(clip: Int16Array, pitch: number): Int16Array {
  return Int16Array.from({ length: Math.floor(clip.length / pitch) }, (_, i) => {
    const at = Math.floor(i * pitch);
    const share = i * pitch - at;
    return Math.round((clip[at] ?? 0) * (1 - share) + (clip[at + 1] ?? 0) * share);
  });
}

const { values } = parseArgs({ options: { save: { type: 'boolean' }, all: { type: 'boolean' } } });
const rows: string[] = [];
for (const { name, voices } of CASTS) {
  const counts = { interjections: 0, words: 0, false: [0, 0], missed: [0, 0] };
  for (const { voice, pitch } of voices) {
    for (const text of [...INTERJECTIONS, ...new Set([...SHORT_WORDS, ...PHRASES])]) {
      const request = { callId: 'bench', text, language: 'en-US', voice, sampleRate: 8000 } as const;
      const clip = shifted(levelled(await speechAudio(tts, request, new AbortController().signal)), pitch);
      const interjection = (INTERJECTIONS as readonly string[]).includes(text);
      for (const phase of PHASES) {
        const heard = await hear(onIdleLine(clip, { beforeMs: 800, phase, afterMs: 1300 }));
        counts[interjection ? 'interjections' : 'words'] += 1;
        for (const [column, withShape] of [false, true].entries()) {
          const interrupted = heard.some((one) => interrupts(one, withShape));
          if (interrupted !== interjection) continue;
          const kind = interjection ? counts.false : counts.missed;
          kind[column] = (kind[column] ?? 0) + 1;
          if (!withShape || !values.all) continue;
          const what = heard.map((one) => `"${one.text}" ${judge(one.words, 'en').confidence} ${one.voicedMs} ms`);
          console.log(
            `${interjection ? 'false' : 'missed'}: "${text}" ${voice} ${pitch}: ${what.join('; ') || 'nothing heard'}`,
          );
        }
      }
    }
  }
  const share = (kind: readonly number[], of: number) => `${kind[0]} → ${kind[1]} of ${of}`;
  rows.push(`| ${name} | ${share(counts.false, counts.interjections)} | ${share(counts.missed, counts.words)} |`);
  console.log(rows.at(-1));
}
decoder.close();
await tts.close();

const report = `# Interjections and short words, ${new Date().toISOString().slice(0, 10)}

Made by \`node test/load/interjections.ts --save\`: ${INTERJECTIONS.length} interjections and ${new Set([...SHORT_WORDS, ...PHRASES]).size} words and phrases over G.711 during a prompt, without a
call, each in ${PHASES.length} positions against the frames. "Before": by the recogniser's words alone; "after": with the shape of the utterance.
Casts that are not marked "fitted" were not looked at while the rules were made. All voices are synthetic.

| Voices | False interruptions by interjections | Missed words |
|---|---|---|
${rows.join('\n')}
`;
if (values.save) await writeFile(join(import.meta.dirname, 'results/interjections.md'), report);
