import { speechAudio, wavAudio } from '../caller/step-audio.ts';
import type { SampleRate } from '../media/audio.ts';
import { encodeG711 } from '../media/g711.ts';
import { resample } from '../media/resample.ts';
import { sine } from '../media/tone.ts';
import { writeWav } from '../media/wav.ts';
import type { TextToSpeech } from '../speech/ports.ts';
import type { BotAudio } from './bot-schema.ts';
import type { AudioServer } from './host.ts';
import type { Scenario } from './load.ts';

/** Of the bot's own streams. */
export const STREAM_RATE = 16_000;

/** Audio of a reply, ready to be played. */
export type PreparedAudio = { by: 'url'; url: string } | { by: 'stream'; samples: Int16Array };

/** Amplitude of full scale. */
const FULL_SCALE = 32_768;

/** Makes the audio of every reply of a scenario's bot before the call. @throws StepAudioError */
export async function prepareBotAudio(
  scenario: Scenario,
  parts: { tts: TextToSpeech; server: AudioServer; signal: AbortSignal },
): Promise<ReadonlyMap<BotAudio, PreparedAudio>> {
  const prepared = new Map<BotAudio, PreparedAudio>();
  for (const { play } of scenario.bot.rules.flatMap(({ reply }) => reply)) {
    if (play === undefined) continue;
    if (play.by === 'stream') {
      prepared.set(play, { by: 'stream', samples: await samplesOf(play, STREAM_RATE, scenario, parts) });
      continue;
    }
    const rate = rateOf(play.mediaFormat);
    const bytes = await encode(play.mediaFormat, await samplesOf(play, rate, scenario, parts), rate);
    const contentType = play.mediaFormat.startsWith('wav/') ? 'audio/wav' : 'application/octet-stream';
    const url =
      play.by === 'http'
        ? parts.server.add(bytes, contentType)
        : `data:${contentType};base64,${Buffer.from(bytes).toString('base64')}`;
    prepared.set(play, { by: 'url', url });
  }
  return prepared;
}

async function samplesOf(
  { tone, say, wav }: BotAudio,
  sampleRate: SampleRate,
  { language }: Scenario,
  { tts, signal }: { tts: TextToSpeech; signal: AbortSignal },
): Promise<Int16Array> {
  if (tone !== undefined) {
    return sine(tone.hz, tone.ms, sampleRate, FULL_SCALE * Math.SQRT2 * 10 ** (tone.level_db / 20));
  }
  if (wav !== undefined) return wavAudio(wav, sampleRate);
  const spoken = { callId: 'bot', text: say ?? '', language, voice: undefined, sampleRate: 8000 } as const;
  return resample(await speechAudio(tts, spoken, signal), 8000, sampleRate);
}

function rateOf(mediaFormat: string): SampleRate {
  if (mediaFormat.endsWith('_24')) return 24_000;
  return mediaFormat.endsWith('_8') || mediaFormat.endsWith('mulaw') ? 8000 : 16_000;
}

async function encode(mediaFormat: string, samples: Int16Array, sampleRate: SampleRate): Promise<Uint8Array> {
  if (mediaFormat.startsWith('wav/')) return writeWav({ sampleRate, channels: [samples] });
  if (mediaFormat === 'raw/mulaw') {
    const codes = new Uint8Array(samples.length);
    encodeG711('PCMU', samples, codes, 0);
    return codes;
  }
  const view = new DataView(new ArrayBuffer(samples.length * 2));
  for (const [index, sample] of samples.entries()) view.setInt16(index * 2, sample, true);
  return new Uint8Array(view.buffer);
}
