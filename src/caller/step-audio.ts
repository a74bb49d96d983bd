import { readFile } from 'node:fs/promises';
import { messageOf, PatchbayError } from '../errors.ts';
import type { SampleRate } from '../media/audio.ts';
import { resample } from '../media/resample.ts';
import { readWav, toMono } from '../media/wav.ts';
import type { TextToSpeech } from '../speech/ports.ts';
import type { CallStep } from './steps.ts';

export type StepAudioErrorCode = 'bad_audio_file' | 'no_speech';

/** A step's audio cannot be made. */
export class StepAudioError extends PatchbayError<StepAudioErrorCode> {}

/** A WAV file as mono PCM at the given rate. @throws StepAudioError `bad_audio_file` */
export async function wavAudio(file: string, sampleRate: SampleRate): Promise<Int16Array> {
  try {
    const audio = readWav(await readFile(file));
    return await resample(toMono(audio), audio.sampleRate, sampleRate);
  } catch (error) {
    throw new StepAudioError('bad_audio_file', `${file}: ${messageOf(error)}`, { cause: error });
  }
}

export interface SayOptions {
  callId: string;
  text: string;
  language: string;
  voice: string | undefined;
  sampleRate: SampleRate;
}

/** The whole text as one clip. @throws StepAudioError `no_speech` */
export async function speechAudio(
  tts: TextToSpeech | undefined,
  options: SayOptions,
  signal: AbortSignal,
): Promise<Int16Array> {
  if (!tts) throw new StepAudioError('no_speech', '--say needs the local voice, which could not be loaded');
  const chunks: Int16Array[] = [];
  let length = 0;
  try {
    for await (const chunk of tts.synthesize(options, signal)) {
      chunks.push(chunk.slice());
      length += chunk.length;
    }
  } catch (error) {
    throw new StepAudioError('no_speech', `cannot speak "${options.text}": ${messageOf(error)}`, { cause: error });
  }
  const clip = new Int16Array(length);
  let at = 0;
  for (const chunk of chunks) {
    clip.set(chunk, at);
    at += chunk.length;
  }
  return clip;
}

/** A step with the audio that it plays; empty for those that play none. */
export interface PreparedStep {
  step: CallStep;
  audio: Int16Array;
}

/** Makes the audio of every step before the call begins, so that nothing is late in it. @throws StepAudioError */
export async function prepareSteps(
  options: { steps: readonly CallStep[]; language: string; voice: string | undefined },
  parts: { tts: TextToSpeech | undefined; signal: AbortSignal },
  sampleRate: SampleRate,
): Promise<PreparedStep[]> {
  const prepared: PreparedStep[] = [];
  for (const step of options.steps) prepared.push({ step, audio: await audioOf(step, options, parts, sampleRate) });
  return prepared;
}

async function audioOf(
  step: CallStep,
  { language, voice }: { language: string; voice: string | undefined },
  { tts, signal }: { tts: TextToSpeech | undefined; signal: AbortSignal },
  sampleRate: SampleRate,
): Promise<Int16Array> {
  switch (step.kind) {
    case 'say':
      return speechAudio(tts, { callId: 'caller', text: step.text, language, voice, sampleRate }, signal);
    case 'wav':
      return wavAudio(step.file, sampleRate);
    case 'dtmf':
    case 'wait':
      return new Int16Array(0);
  }
}
