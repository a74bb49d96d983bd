import { createLocalTts } from '../../../connectors/speech/local/tts/tts.ts';
import { speechAudio } from '../../../src/caller/step-audio.ts';
import { voicedSpan } from '../../../src/caller/voice-activity.ts';
import { humClip, noiseClip } from '../../../src/scenario/sounds.ts';
import type { TextToSpeech } from '../../../src/speech/ports.ts';
import { musicClip } from './music.ts';

/** What a line says, at 8 kHz. */
export interface BenchClip {
  kind: 'speech' | 'noise' | 'hum' | 'music' | 'backchannel';
  name: string;
  samples: Int16Array;
  /** Samples between which it is voiced. */
  voiced: { from: number; to: number };
}

const RATE = 8000;
/** RMS at which a slice of 10 ms counts as voiced: -47 dBFS. */
const VOICED_RMS = 150;
/** Mean level of all speech: what a telephone delivers, -20 dBFS while somebody speaks. */
const SPEECH_RMS = 3000;

export const VOICES = ['slt', 'rms', 'awb', 'kal16'] as const;

/** Interruptions: 25 phrases by four voices. Those that the recogniser does not know by itself are hints of the bot. */
export const PHRASES = [
  'no',
  'stop',
  'cancel',
  'operator',
  'repeat that please',
  'hold on',
  'go back',
  'main menu',
  'start over',
  'speak to an agent',
  'customer service',
  "that's wrong",
  'tomorrow afternoon',
  'next week',
  'two five seven',
  'forty two',
  'no thank you',
  'goodbye',
  'something else',
  "i don't know",
  'check my balance',
  'billing question',
  'technical support',
  'change my address',
  'book a table',
] as const;

export const HINTS = PHRASES.slice(20);

const BACKCHANNELS = ['uh-huh', 'aha', 'okay', 'yeah', 'right', 'i see'] as const;

export async function speechClips(): Promise<BenchClip[]> {
  return spoken('speech', PHRASES, VOICES, 100);
}

/** Noise, hum, music and backchannels: 25 of each. */
export async function otherClips(): Promise<BenchClip[]> {
  const clips: BenchClip[] = [];
  for (let i = 0; i < 25; i++) {
    const level_db = [-50, -42, -36, -30, -26][i % 5] as number;
    const kind = i % 2 === 0 ? 'pink' : 'white';
    const ms = [300, 700, 1200, 1800, 2500][Math.floor(i / 5)] as number;
    clips.push(whole('noise', `${kind} ${level_db} dB ${ms} ms`, noiseClip({ kind, level_db, ms }, RATE)));
  }
  for (let i = 0; i < 25; i++) {
    const hz = [50, 60, 100, 120, 400][i % 5] as number;
    const level_db = [-46, -40, -34, -28, -22][Math.floor(i / 5)] as number;
    clips.push(whole('hum', `${hz} Hz ${level_db} dB`, humClip({ hz, level_db, ms: 2000 }, RATE)));
  }
  for (let i = 0; i < 25; i++) {
    const levelDb = [-42, -38, -34, -30, -26][i % 5] as number;
    clips.push(whole('music', `piece ${i} ${levelDb} dB`, musicClip({ seed: i, levelDb, ms: 2500 }, RATE)));
  }
  clips.push(...(await spoken('backchannel', BACKCHANNELS, [...VOICES, 'espeak-ng/en-us'], 25)));
  return clips;
}

function whole(kind: BenchClip['kind'], name: string, samples: Int16Array): BenchClip {
  return { kind, name, samples, voiced: { from: 0, to: samples.length } };
}

async function spoken(
  kind: BenchClip['kind'],
  texts: readonly string[],
  voices: readonly string[],
  count: number,
): Promise<BenchClip[]> {
  const tts = createLocalTts({ id: 'bench' });
  const { signal } = new AbortController();
  try {
    const clips: BenchClip[] = [];
    for (let i = 0; i < count; i++) {
      const text = texts[i % texts.length] as string;
      const voice = voices[Math.floor(i / texts.length) % voices.length] as string;
      clips.push(await say(tts, kind, text, voice, signal));
    }
    return clips;
  } finally {
    await tts.close();
  }
}

async function say(
  tts: TextToSpeech,
  kind: BenchClip['kind'],
  text: string,
  voice: string,
  signal: AbortSignal,
): Promise<BenchClip> {
  const request = { callId: 'bench', text, language: 'en-US', voice, sampleRate: RATE } as const;
  const samples = levelled(await speechAudio(tts, request, signal));
  const span = voicedSpan(samples, RATE, VOICED_RMS);
  if (span === undefined) throw new Error(`"${text}" by ${voice} is silent`);
  const voiced = { from: Math.round((span.fromMs * RATE) / 1000), to: Math.round((span.toMs * RATE) / 1000) };
  return { kind, name: `"${text}" ${voice}`, samples: samples.subarray(0, voiced.to), voiced };
}

/** At `SPEECH_RMS` over the louder half of its frames. */
export function levelled(samples: Int16Array): Int16Array {
  const powers: number[] = [];
  for (let at = 0; at + 160 <= samples.length; at += 160) {
    let sum = 0;
    for (let i = at; i < at + 160; i++) sum += (samples[i] as number) ** 2;
    powers.push(sum / 160);
  }
  powers.sort((a, b) => b - a);
  const loud = powers.slice(0, Math.max(1, powers.length >> 1));
  const gain = SPEECH_RMS / Math.sqrt(loud.reduce((sum, power) => sum + power, 0) / loud.length || 1);
  return Int16Array.from(samples, (sample) => Math.max(-32_768, Math.min(32_767, Math.round(sample * gain))));
}
