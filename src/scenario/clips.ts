import { speechAudio, wavAudio } from '../caller/step-audio.ts';
import { type SpeechSegment, voicedSpan } from '../caller/voice-activity.ts';
import { durationMs, type SampleRate } from '../media/audio.ts';
import type { TextToSpeech } from '../speech/ports.ts';
import type { Scenario } from './load.ts';
import type { Sound } from './schema.ts';
import { humClip, noiseClip } from './sounds.ts';

/** What a step plays; `voiced` within the clip. */
export interface Clip {
  samples: Int16Array;
  voiced: SpeechSegment;
}

/** Audio of every step, by the step's index, and of every text that is to be heard whole, made before the call. */
export interface Clips {
  steps: ReadonlyMap<number, Clip>;
  prompts: ReadonlyMap<string, Int16Array>;
}

/** @throws StepAudioError when a file cannot be read or a text not be spoken */
export async function makeClips(
  scenario: Scenario,
  parts: { tts: TextToSpeech; signal: AbortSignal },
  sampleRate: SampleRate,
): Promise<Clips> {
  const say = (text: string, voice: string | undefined) =>
    speechAudio(parts.tts, { callId: 'caller', text, language: scenario.language, voice, sampleRate }, parts.signal);
  const steps = new Map<number, Clip>();
  for (const [index, step] of scenario.caller.entries()) {
    const samples = await audioOf(step.interrupt ?? step, (text) => say(text, scenario.voice), sampleRate);
    if (samples === undefined) continue;
    const whole = { fromMs: 0, toMs: durationMs(samples.length, sampleRate) };
    steps.set(index, { samples, voiced: voicedSpan(samples, sampleRate) ?? whole });
  }
  const prompts = new Map<string, Int16Array>();
  for (const { heard } of [...scenario.expect, ...scenario.caller.flatMap((step) => step.expect ?? [])]) {
    if (typeof heard !== 'object' || !('whole' in heard) || prompts.has(heard.whole)) continue;
    prompts.set(heard.whole, await say(heard.whole, voiceOfBot(scenario)));
  }
  return { steps, prompts };
}

function voiceOfBot({ bot }: Scenario): string | undefined {
  const { voiceName } = bot.parameters;
  return typeof voiceName === 'string' && voiceName !== '' ? voiceName : undefined;
}

async function audioOf(
  sound: Sound,
  say: (text: string) => Promise<Int16Array>,
  sampleRate: SampleRate,
): Promise<Int16Array | undefined> {
  if (sound.say !== undefined) return say(sound.say);
  if (sound.wav !== undefined) return wavAudio(sound.wav, sampleRate);
  if (sound.noise !== undefined) return noiseClip(sound.noise, sampleRate);
  if (sound.hum !== undefined) return humClip(sound.hum, sampleRate);
  return undefined;
}
